import type { BundleFiles } from '../../domain/step-engine.ts';
import type { KubernetesApplySpec } from '../../domain/kinds/kubernetes-apply.ts';
import type { ObjectRef } from '../../domain/kubernetes-api.ts';
import { keyOf, refOf } from '../identity.ts';
import { contentsOf, type Contents } from '../inventory/contents.ts';
import { loadManifests } from '../manifests/load.ts';

/** What a step declares, as far as it says which objects are meant. */
export type DeclaringSpec = Pick<KubernetesApplySpec, 'manifests' | 'namespace'>;

/** Everything that steps declare on a target. */
export interface AllDeclared {
  /** By `keyOf`. */
  has(ref: ObjectRef): boolean;
  readonly contents: Contents;
}

/**
 * What all steps of a target declare together, whether their `when` lets them in or not.
 *
 * @throws WindlassFailure `InvalidManifest`: what cannot be read may declare anything.
 */
export async function allDeclared(specs: readonly DeclaringSpec[], files: BundleFiles): Promise<AllDeclared> {
  const refs: ObjectRef[] = [];
  for (const spec of specs)
    for (const { object } of await loadManifests(spec.manifests, files))
      refs.push({ namespace: spec.namespace ?? 'default', ...refOf(object) });
  // Whether a kind is namespaced is not asked: an object is looked up by what the cluster says of it.
  const keys = new Set(refs.flatMap((ref) => [keyOf(ref), keyOf({ ...ref, namespace: '' })]));
  return { has: (ref) => keys.has(keyOf(ref)), contents: contentsOf(refs) };
}
