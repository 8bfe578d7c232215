import type { Change } from '../../domain/change.ts';
import { credentialsRef, locationRef, type VeleroLocationSpec } from '../../domain/kinds/velero-location.ts';
import { labelOf, type KubernetesApi } from '../../domain/kubernetes-api.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { createChange, planObject, type ObjectPlan } from '../object-plan.ts';
import { fieldAt } from '../values.ts';
import { CREDENTIALS_KEY, locationObject, secretObject, type ObjectStore } from './objects.ts';

export interface LocationPlan {
  readonly secret: ObjectPlan;
  readonly location: ObjectPlan;
}

/**
 * Compares what must be with what is; touches nothing.
 *
 * @throws WindlassFailure as `KubernetesApi.get` and a dry run of `apply` do.
 */
export async function planLocation(
  api: KubernetesApi,
  spec: VeleroLocationSpec,
  store: ObjectStore,
  { signal, authors }: Pick<EngineContext, 'signal' | 'authors'>,
): Promise<LocationPlan> {
  const found = await api.get(locationRef(spec), { signal });
  return {
    secret: await planSecret(api, spec, store, signal),
    location: await planObject(api, locationObject(spec, store), found, { signal, force: spec.force, authors }),
  };
}

/** By content, and never a word of it. */
async function planSecret(
  api: KubernetesApi,
  spec: VeleroLocationSpec,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<ObjectPlan> {
  const object = secretObject(spec, store);
  const found = await api.get(credentialsRef(spec), { signal });
  if (found === null) return { change: createChange(object), object, found, force: spec.force };
  const what = labelOf(credentialsRef(spec));
  const same = fieldAt(found.data, CREDENTIALS_KEY) === fieldAt(object.data, CREDENTIALS_KEY);
  const change: Change = same
    ? { action: 'unchanged', what, destructive: false }
    : { action: 'update', what, destructive: false, detail: ['credentials differ'] };
  return { change, object, found, force: spec.force };
}
