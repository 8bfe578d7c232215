import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import type { InventoryRef } from '../inventory/apply-set.ts';
import { finishedKey, goesByItself, jobDigest, readFinishedJobs } from '../inventory/finished-jobs.ts';
import { wasCompleted } from '../wait/last-words.ts';
import type { Planned } from './planned.ts';

/** The plan without the Jobs that were seen complete and that their own time to live has removed. */
export async function withFinishedJobs(
  planned: readonly Planned[],
  inventory: InventoryRef,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly Planned[]> {
  if (!planned.some(isGoneJob)) return planned;
  const finished = await readFinishedJobs(inventory, client, signal);
  return planned.map((item) => {
    if (!isGoneJob(item)) return item;
    const { ref, object } = item.declared;
    const known = finished.get(finishedKey(ref.namespace ?? '', ref.name));
    return known?.digest === jobDigest(object) ? done(item, known.time) : item;
  });
}

/**
 * The same by what the cluster remembers, for right after an apply: a Job that nobody waited for may have ended and gone
 * since.
 */
export async function withCompletedJobs(
  planned: readonly Planned[],
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<readonly Planned[]> {
  return Promise.all(
    planned.map(async (item) => {
      if (!isGoneJob(item)) return item;
      const { namespace = '', name } = item.declared.ref;
      return (await wasCompleted({ namespace, name }, api, signal)) ? done(item, new Date().toISOString()) : item;
    }),
  );
}

function isGoneJob({ declared, action, live }: Planned): boolean {
  return action === 'create' && live === null && declared.reachable && goesByItself(declared.object);
}

function done(item: Planned, finished: string): Planned {
  return { ...item, action: 'unchanged', finished };
}
