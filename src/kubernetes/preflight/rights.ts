import type { ObjectRef } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { groupOf, kindKey } from '../identity.ts';
import { denial } from './denial.ts';
import type { Need, Right } from './needs.ts';
import { unmet, whoAmI } from './reviews.ts';

/** Something that a verb is about to do to some objects. */
export interface Doing {
  readonly verbs: readonly Right['verb'][];
  readonly objects: readonly ObjectRef[];
  readonly subresource?: 'scale';
}

/**
 * Asks, before anything is touched, whether we may do all that a step is about to do.
 *
 * @throws WindlassFailure `AccessDenied` that names every verb and resource that is missing.
 */
export async function assertMay(
  doings: readonly Doing[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  const needs = await needsOf(doings, client, signal);
  const missing = needs.length === 0 ? [] : await unmet(needs, client, signal);
  if (missing.length > 0) throw denial(missing, await whoAmI(client, signal));
}

/** One need per verb, resource and namespace. Kinds that are not served are left to whoever asks for them. */
async function needsOf(
  doings: readonly Doing[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<readonly Need[]> {
  const refs = doings.flatMap(({ objects }) => objects);
  if (refs.length === 0) return [];
  const served = await client.discovery.findAll(refs, signal);
  const needs = new Map<string, Need>();
  for (const { verbs, objects, subresource } of doings)
    for (const { name, namespace, ...kind } of objects) {
      const resource = served.get(kindKey(kind))?.plural;
      if (resource === undefined) continue;
      for (const verb of verbs) {
        const where = namespace === undefined ? {} : { namespace };
        const right = {
          verb,
          group: groupOf(kind.apiVersion),
          resource,
          ...(subresource ? { subresource } : {}),
          ...where,
        };
        const key = JSON.stringify(right);
        needs.set(key, { ...right, names: [...(needs.get(key)?.names ?? []), name] });
      }
    }
  return [...needs.values()];
}
