import type { KubernetesClient } from '../client/client.ts';
import type { InventoryRef } from './apply-set.ts';
import { goesByItself, jobDigest, jobKey, rememberedJobs } from './finished-jobs.ts';
import { namespaceUid } from './namespace-uid.ts';
import { completionsIn } from '../wait/last-words.ts';
import type { Planned } from '../plan/planned.ts';

/**
 * The plan without the Jobs that came to their end and that their own time to live has removed. Of one that nobody saw
 * complete, as where the worker died or the step does not wait, the event tells that the Job controller left behind.
 *
 * @throws WindlassFailure as `KubernetesApi.get` and `list` do; events that may not be read tell nothing.
 */
export async function withFinishedJobs(
  planned: readonly Planned[],
  inventory: InventoryRef,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly Planned[]> {
  if (!planned.some(isGoneJob)) return planned;
  const remembered = await rememberedJobs(inventory, client, signal);
  const asked = new Map<string, ReturnType<typeof completionsIn>>();
  const completions = (namespace: string): ReturnType<typeof completionsIn> => {
    const known = asked.get(namespace) ?? completionsIn(namespace, client, signal);
    asked.set(namespace, known);
    return known;
  };
  return Promise.all(
    planned.map(async (item): Promise<Planned> => {
      if (!isGoneJob(item)) return item;
      const { ref } = item.declared;
      const known = remembered.get(jobKey(ref));
      if (known?.digest !== jobDigest(item.declared)) return item;
      const namespace = await namespaceUid(ref, client, signal);
      // What it made in another namespace of the same name went with that one.
      if (known.namespace !== undefined && namespace !== undefined && known.namespace !== namespace) return item;
      const { uid } = known;
      const at = known.completed ?? (await completions(ref.namespace ?? ''))({ name: ref.name, uid });
      return at === null ? item : { ...item, action: 'unchanged', finished: { uid: known.uid, at } };
    }),
  );
}

function isGoneJob({ declared, action, live }: Planned): boolean {
  return action === 'create' && live === null && declared.reachable && goesByItself(declared.object);
}
