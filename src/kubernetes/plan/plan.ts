import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { combined, isRetryable } from '../combined.ts';
import { concurrently } from '../concurrently.ts';
import type { Declared } from '../declare.ts';
import { isCompleteJob } from '../status/job.ts';
import { askServer } from './dry-run.ts';
import { readLive } from './live.ts';
import { isAsApplied } from './ownership.ts';
import type { Planned } from './planned.ts';

/**
 * What applying the set would do, object by object, in the order of declaration. Touches nothing: what is certainly
 * unchanged or certainly new costs no request of its own, the rest is asked of the server as a dry run.
 *
 * @throws WindlassFailure when the server refuses objects, all of them together; what reading throws.
 */
export async function planObjects(
  objects: readonly Declared[],
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<readonly Planned[]> {
  const reachable = objects.filter((item) => item.reachable).map((item) => item.ref);
  const live = await readLive(reachable, api, signal);
  const planned = new Map<string, Planned>();
  const doubtful: { declared: Declared; live: KubernetesObject }[] = [];
  for (const declared of objects) {
    const now = live.get(declared.key);
    if (now === undefined) planned.set(declared.key, plain(declared, 'create', null));
    else if (now.metadata.deletionTimestamp !== undefined && !isDone(declared, now))
      planned.set(declared.key, { ...plain(declared, 'create', now), notes: ['the present one is being deleted'] });
    else if (isAsApplied(declared.object, now)) planned.set(declared.key, plain(declared, 'unchanged', now));
    else doubtful.push({ declared, live: now });
  }
  const refused: WindlassFailure[] = [];
  await concurrently(doubtful, async (item) => {
    try {
      planned.set(item.declared.key, await askServer(item.declared, item.live, api, signal));
    } catch (error) {
      if (!(error instanceof WindlassFailure) || isRetryable(error)) throw error;
      refused.push(error);
    }
  });
  if (refused.length > 0) throw combined(refused);
  return objects.flatMap((declared) => planned.get(declared.key) ?? []);
}

/** A Job that has ended and is going by its own time to live: it is as it is declared to be. */
function isDone({ object }: Declared, now: KubernetesObject): boolean {
  return isCompleteJob(now) && isAsApplied(object, now);
}

function plain(declared: Declared, action: Planned['action'], live: KubernetesObject | null): Planned {
  return { declared, action, live, differences: [], notes: [], conflicts: [] };
}
