import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubernetesClient } from '../../../src/kubernetes/client/client.ts';
import { configMap, namespace, namespaceRef, Stranger } from '../../kubernetes/cluster.ts';
import { openLabCluster } from '../../support/lab-cluster.ts';
import { freshName, ownSettings } from '../../support/settings.ts';
import { TestWorker } from '../../support/worker.ts';
import { windlassJson } from './windlass.ts';

/** A rollout that applies one ConfigMap, `settings`, by force, and somebody else at the same cluster who changes it. */
export interface DriftingStage {
  /** Name of the rollout and of its namespace. */
  readonly name: string;
  readonly rollout: string;
  readonly scratch: string;
  readonly settings: Record<string, string>;
  /** Starts it, and waits for its end. */
  carryThrough(): Promise<unknown>;
  startWorker(): Promise<TestWorker>;
  /** Somebody sets the colour. */
  paint(colour: string): Promise<void>;
  colour(): Promise<unknown>;
  close(): Promise<void>;
}

/** @param more what the environment's file says besides, and what the rollout's spec does. */
export async function driftingStage(
  more: { readonly spec?: object; readonly environment?: object } = {},
): Promise<DriftingStage> {
  const name = freshName();
  const own = await ownSettings();
  const rollout = join(own.scratch, name);
  const client: KubernetesClient = await openLabCluster();
  const stranger = await Stranger.open();
  const workers: TestWorker[] = [];
  const settings: Record<string, string> = { ...own.settings, WINDLASS_SILENCE_SECONDS: '5' };
  // Locks are one per Temporal namespace, but fences one per cluster: a target that is shared would be fought for.
  const target = `cluster-${name}`;
  const apply = {
    ...{ name: 'apps', kind: 'kubernetes.apply', target },
    with: { manifests: ['manifests'], namespace: name, force: true },
  };
  const documents = {
    'rollout.yaml': {
      ...{ kind: 'Rollout', metadata: { name } },
      spec: {
        targets: { [target]: { kind: 'kubernetes' } },
        ...more.spec,
        phases: [{ name: 'data', steps: [apply] }],
      },
    },
    'environments/lab.yaml': {
      ...{ kind: 'Environment', metadata: { name: 'lab' } },
      spec: {
        targets: { [target]: { kind: 'kubernetes', kubeconfig: { fromEnvFile: 'WINDLASS_LAB_KUBECONFIG' } } },
        decisions: { signatures: 'optional' },
        ...more.environment,
      },
    },
  };
  const objects = [namespace(name), configMap('settings', { colour: 'red' })];
  await write(rollout, 'manifests/all.yaml', objects.map((object) => stringify(object)).join('---\n'));
  for (const [file, document] of Object.entries(documents))
    await write(rollout, file, stringify({ apiVersion: 'windlass.dev/v1alpha1', ...document }));
  return {
    ...{ name, rollout, scratch: own.scratch, settings },
    startWorker: async () => {
      const worker = await TestWorker.start(settings, join(own.scratch, 'worker.log'));
      workers.push(worker);
      return worker;
    },
    carryThrough: async () =>
      (await windlassJson(['start', rollout, '--environment', 'lab', '--as', 'linus', '--watch'], settings)).document,
    paint: async (colour) => {
      await stranger.edit(`/api/v1/namespaces/${name}/configmaps/settings`, { data: { colour } });
    },
    colour: async () => {
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: name, name: 'settings' };
      return ((await client.get(ref)) as { readonly data?: { readonly colour?: string } } | null)?.data?.colour;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.stop('SIGTERM')));
      await client.delete(namespaceRef(name));
      await client.close();
      await stranger.close();
      own.remove();
    },
  };
}

async function write(directory: string, file: string, text: string): Promise<void> {
  await mkdir(join(directory, file, '..'), { recursive: true });
  await writeFile(join(directory, file), text);
}
