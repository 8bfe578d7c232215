// The engine in a process of its own, as a worker runs it: modules are loaded, nothing of an earlier run is remembered.
// It takes orders over the channel of `fork` and answers each with what it cost.
import { readFileSync } from 'node:fs';
import type { KubernetesClient } from '../../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../../src/kubernetes/client/open.ts';
import { kubernetesApplyEngine } from '../../../src/kubernetes/apply/apply-engine.ts';
import { waitUntilReady } from '../../../src/kubernetes/wait/wait.ts';
import { read } from '../../../src/domain/json-fields.ts';
import { parseManifestFile } from '../../../src/manifests/yaml.ts';
import type { KubernetesObject } from '../../../src/domain/kubernetes-api.ts';
import { peakMebibytes } from '../../../tests/support/peak-memory.ts';
import { contextOf, specOf } from '../../../tests/kubernetes/cluster.ts';
import { NAMESPACE } from '../objects.ts';

export interface Order {
  /** `plan`: plan; `apply`: apply and wait; `repeat`: both; `wait`: apply, and tell when the bare wait returned. */
  readonly verb: 'plan' | 'apply' | 'repeat' | 'wait';
  readonly kubeconfig: string;
  readonly manifests: string;
  readonly force?: boolean;
}

export interface Outcome {
  /** From reading the manifests to the end. */
  readonly seconds: number;
  /** The part of it until every object was applied. */
  readonly appliedSeconds: number;
  /** How many objects were written. */
  readonly written: number;
  /** Milliseconds since the epoch at the end. */
  readonly returnedAt: number;
  /** The most memory that this process has ever held. */
  readonly peakMiB: number;
}

process.on('message', (order: Order) => {
  void answer(order).then(
    (outcome) => process.send?.({ outcome }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});

async function answer(order: Order): Promise<Outcome> {
  const began = performance.now();
  const client = await openKubernetes({ kubeconfig: readFileSync(order.kubeconfig, 'utf8') });
  try {
    const text = readFileSync(order.manifests, 'utf8');
    const { appliedAt, written } =
      order.verb === 'wait' ? await applyAndWait(client, text) : await run(client, text, order);
    const [ended, returnedAt] = [performance.now(), Date.now()];
    return {
      seconds: (ended - began) / 1_000,
      appliedSeconds: (appliedAt - began) / 1_000,
      written,
      returnedAt,
      peakMiB: peakMebibytes(),
    };
  } finally {
    await client.close();
  }
}

async function run(
  client: KubernetesClient,
  text: string,
  { verb, force = false }: Order,
): Promise<{ appliedAt: number; written: number }> {
  const engine = kubernetesApplyEngine(client, { inventory: { namespace: 'default', target: 'cluster' } });
  const spec = specOf(NAMESPACE, { force, readyWithin: '10m' });
  let appliedAt: number | undefined;
  const context = contextOf(text, {
    progress: (state) => {
      if (read(state, 'stage') === 'wait') appliedAt ??= performance.now();
    },
  });
  if (verb !== 'apply') await engine.plan(spec, context);
  if (verb === 'plan') return { appliedAt: performance.now(), written: 0 };
  const { changes, findings } = await engine.apply(spec, context);
  if (findings.some(({ holds }) => !holds)) throw new Error('not everything is as declared');
  return {
    appliedAt: appliedAt ?? performance.now(),
    written: changes.filter(({ action }) => action !== 'unchanged').length,
  };
}

/** The wait by itself, without the evidence that the engine gathers after it. */
async function applyAndWait(client: KubernetesClient, text: string): Promise<{ appliedAt: number; written: number }> {
  const objects = parseManifestFile(text).documents.map(({ value }) => value as KubernetesObject);
  const stored = await Promise.all(objects.map((object) => client.apply(object, { force: true })));
  const appliedAt = performance.now();
  const { signal } = new AbortController();
  await waitUntilReady(stored, client, { withinMs: 120_000, signal, progress: () => undefined });
  return { appliedAt, written: stored.length };
}
