import { randomBytes } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import type { EngineContext, Fence } from '../../src/domain/step-engine.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { Json } from '../../src/domain/json.ts';
import { kubernetesApply, type KubernetesApplySpec } from '../../src/domain/kinds/kubernetes-apply.ts';
import type { KubernetesObject, ObjectRef } from '../../src/domain/kubernetes-api.ts';
import { accessOf } from '../../src/kubernetes/client/connection.ts';
import { Transport } from '../../src/kubernetes/client/transport.ts';
import { filesOf } from './bundle-files.ts';
import { labKubeconfig } from '../support/lab-cluster.ts';

/** A cluster, the lab's unless said otherwise, as somebody who has only this token. */
export function kubeconfigOf(token: string, kubeconfig = labKubeconfig()): string {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const exported = JSON.parse(config.exportConfig()) as { users: { user: object }[] };
  for (const user of exported.users) user.user = { token };
  return JSON.stringify(exported);
}

/** A name that no other test uses. */
export function freshName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** Settings of a step over one file, `set.yaml`. */
export function specOf(namespace: string, more: Partial<KubernetesApplySpec> = {}): KubernetesApplySpec {
  const { manifests, wait, force } = kubernetesApply.parse({ manifests: ['set.yaml'] });
  return { manifests, wait, force, namespace, secrets: {}, readyWithin: '60s', ...more };
}

export interface Attempt {
  readonly signal?: AbortSignal;
  readonly resume?: Json;
  readonly fence?: Fence;
  readonly progress?: (state: Json) => void;
}

/** What an engine is given: objects, or text, as the file `set.yaml`. */
export function contextOf(manifests: readonly object[] | string, attempt: Attempt = {}): EngineContext {
  const text = typeof manifests === 'string' ? manifests : manifests.map((object) => stringify(object)).join('---\n');
  return {
    files: filesOf({ 'set.yaml': text }),
    signal: attempt.signal ?? new AbortController().signal,
    progress: attempt.progress ?? (() => undefined),
    resolve: () => Promise.reject(new Error('no reference is expected here')),
    owner: { rollout: 'test', environment: 'test', bundle: 'b', run: 'r', phase: 'p', step: 's' },
    ...(attempt.resume === undefined ? {} : { resume: attempt.resume }),
    ...(attempt.fence === undefined ? {} : { fence: attempt.fence }),
  };
}

/** Somebody else at the same cluster: another field manager, with requests that the engine never makes. */
export class Stranger {
  readonly #transport: Transport;

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  static async open(kubeconfig = labKubeconfig()): Promise<Stranger> {
    return new Stranger(new Transport(await accessOf({ kubeconfig })));
  }

  /** Changes fields as an editor would, becoming the owner of what differs. */
  async edit(path: string, change: object): Promise<KubernetesObject> {
    const headers = { 'content-type': 'application/merge-patch+json' };
    return this.#ask('PATCH', `${path}?fieldManager=stranger`, change, headers);
  }

  async create(path: string, object: object): Promise<KubernetesObject> {
    return this.#ask('POST', `${path}?fieldManager=stranger`, object, { 'content-type': 'application/json' });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #ask(
    method: 'PATCH' | 'POST',
    path: string,
    body: object,
    headers: Record<string, string>,
  ): Promise<KubernetesObject> {
    const asked = { verb: 'apply', object: path, secret: false } as const;
    const answer = await this.#transport.ask({ method, path, asked, headers, body: JSON.stringify(body) });
    return JSON.parse(answer.body) as KubernetesObject;
  }
}

/** The failure that work ends in. */
export async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error(`no failure was thrown, but ${String(error)}`);
  return error;
}

export function namespaceRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Namespace', name };
}

export const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

export const configMap = (name: string, data: Record<string, unknown> = { a: '1' }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

/** A Deployment whose simulated pods behave as their annotations say. */
export const deployment = (
  name: string,
  replicas: number,
  annotations: Record<string, string> = {},
  image = 'web:1',
) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations },
      spec: { containers: [{ name: 'main', image, env: [{ name: 'MODE', value: 'test' }] }] },
    },
  },
});
