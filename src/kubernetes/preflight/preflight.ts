import { WindlassFailure } from '../../domain/failure.ts';
import type { ObjectRef } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import type { Declared } from '../declare.ts';
import type { Planned } from '../plan/planned.ts';
import { denial } from './denial.ts';
import { isGrantedBySet } from './grants.ts';
import { needsOfApply, needsOfPlan, type Need } from './needs.ts';
import { unmet, whoAmI } from './reviews.ts';

export interface PreflightOptions {
  /** Whether workloads are waited for. */
  readonly wait: boolean;
  /** The object in which it is written down what the rollout owns, if it is. */
  readonly inventory?: ObjectRef | undefined;
}

/**
 * Asks, before anything is touched, whether we may do all that a plan takes. A plan that changes nothing costs nothing;
 * others cost two to four small questions per kind and namespace, all at once.
 *
 * @throws WindlassFailure `AccessDenied` that names every verb and resource that is missing.
 */
export async function assertPermitted(
  planned: readonly Planned[],
  client: KubernetesClient,
  signal: AbortSignal,
  { wait, inventory }: PreflightOptions,
): Promise<void> {
  const needs = needsOfApply(planned, wait);
  if (needs.length === 0) return;
  const all = [...needs, ...(inventory === undefined ? [] : needsOfInventory(inventory))];
  const missing = await unmet(all, client, signal);
  if (missing.length === 0) return;
  const self = await whoAmI(client, signal);
  const bindings = planned.filter(({ action }) => action !== 'unchanged').map(({ declared }) => declared.object);
  const certain = self === null ? missing : missing.filter((need) => !isGrantedBySet(need, bindings, self));
  if (certain.length > 0) throw denial(certain, self);
}

/**
 * What to say when reading the cluster for a plan was denied: the server names the first right that is missing, people
 * want to know all of them.
 *
 * @returns the given error itself when it is no denial or nothing more is known.
 * @throws WindlassFailure when the server cannot be asked what is missing, such as `TargetUnreachable`.
 */
export async function explained(
  error: unknown,
  declared: readonly Declared[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<unknown> {
  if (!(error instanceof WindlassFailure) || error.type !== 'AccessDenied') return error;
  const missing = await unmet(needsOfPlan(declared), client, signal);
  return missing.length === 0 ? error : denial(missing, await whoAmI(client, signal));
}

function needsOfInventory({ namespace, name }: ObjectRef): readonly Need[] {
  const resource = {
    group: '',
    resource: 'configmaps',
    names: [name],
    ...(namespace === undefined ? {} : { namespace }),
  };
  return (['get', 'create', 'patch'] as const).map((verb) => ({ verb, ...resource }));
}
