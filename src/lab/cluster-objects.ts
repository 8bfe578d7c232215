import { request } from 'undici';
import type { Agent } from 'undici';
import type { Json, JsonObject } from '../domain/json.ts';
import type { ServerContext } from './context.ts';
import { LabFailure } from './failure.ts';
import { LOOPBACK } from './ports.ts';
import { waitFor } from './wait.ts';

/** An object that the lab itself puts into its cluster. */
export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
  readonly [key: string]: Json;
}

/** Resource names of the few kinds that the lab applies. */
const PLURALS: Readonly<Record<string, string>> = {
  ClusterRoleBinding: 'clusterrolebindings',
  ConfigMap: 'configmaps',
  CustomResourceDefinition: 'customresourcedefinitions',
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  Namespace: 'namespaces',
  Node: 'nodes',
  ServiceAccount: 'serviceaccounts',
  StorageClass: 'storageclasses',
};

/**
 * Applies an object server-side: made when missing, left alone when it is as it should be.
 *
 * @throws LabFailure when the API server refuses it; what undici throws when nobody answers.
 */
export async function applyObject(address: string, agent: Agent, object: ClusterObject): Promise<void> {
  const path = objectPath(object);
  const answer = await request(`${address}${path}?fieldManager=windlass-lab&force=true`, {
    dispatcher: agent,
    method: 'PATCH',
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(object),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) {
    throw new LabFailure(
      `The API server refused it with ${answer.statusCode}: ${text.slice(0, 500)}`,
      `${object.kind} ${object.metadata.name}`,
      'Look at `windlass lab logs kube-apiserver`; `windlass lab reset` starts afresh.',
    );
  }
}

/**
 * An object as it is, or undefined when there is none.
 *
 * @throws what undici throws when nobody answers. Whatever the API server refuses counts as none.
 */
export async function readObject<T>(address: string, agent: Agent, object: ClusterObject): Promise<T | undefined> {
  const answer = await request(`${address}${objectPath(object)}`, { dispatcher: agent });
  const text = await answer.body.text();
  return answer.statusCode < 300 ? (JSON.parse(text) as T) : undefined;
}

/**
 * Deletes an object, if there is one.
 *
 * @throws what undici throws when nobody answers. Whatever the API server answers, it is not looked at.
 */
export async function deleteObject(address: string, agent: Agent, object: ClusterObject): Promise<void> {
  const answer = await request(`${address}${objectPath(object)}`, { dispatcher: agent, method: 'DELETE' });
  await answer.body.dump();
}

/** A bound on the wait, not an expectation: a loaded machine may take long over many at once. Milliseconds. */
const ESTABLISHED_WITHIN_MS = 120_000;

/**
 * Waits until the API server serves the kinds of a custom resource definition.
 *
 * @throws LabFailure after two minutes; what undici throws when nobody answers.
 */
export async function waitUntilEstablished(address: string, agent: Agent, name: string): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  const established = await waitFor(async () => {
    const answer = await request(`${address}${path}`, { dispatcher: agent });
    const text = await answer.body.text();
    return /"type":"Established","status":"True"/.test(text) ? true : undefined;
  }, ESTABLISHED_WITHIN_MS);
  if (established !== true) {
    throw new LabFailure(
      `It was not established within ${ESTABLISHED_WITHIN_MS / 1000} s.`,
      name,
      'Look at `windlass lab logs kube-apiserver`.',
    );
  }
}

function objectPath({ apiVersion, kind, metadata }: ClusterObject): string {
  const plural = PLURALS[kind];
  if (plural === undefined)
    throw new LabFailure(
      'The lab does not know the resource of this kind.',
      `${kind} ${metadata.name}`,
      'This is a defect of Windlass: report it.',
    );
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = typeof metadata['namespace'] === 'string' ? `/namespaces/${metadata['namespace']}` : '';
  return `${root}${namespace}/${plural}/${metadata.name}`;
}

export function apiserverAddress(context: ServerContext): string {
  return `https://${LOOPBACK}:${context.port('kube-apiserver', 'https')}`;
}
