import type { BundleFiles } from '../../domain/step-engine.ts';
import type { Declaration } from '../../domain/kinds/descriptor.ts';
import type { ObjectRef } from '../../domain/kubernetes-api.ts';
import { isJob, keyOf, refOf } from '../identity.ts';
import { contentsOf, type Contents } from '../inventory/contents.ts';
import { jobKey } from '../inventory/finished-jobs.ts';
import { loadManifests } from '../manifests/load.ts';

/** Everything that steps declare on a target. */
export interface AllDeclared {
  /** By `keyOf`. */
  has(ref: ObjectRef): boolean;
  /** Where what is in manifests can be. */
  readonly contents: Contents;
  /** Every Job, by `jobKey`. */
  readonly jobs: ReadonlySet<string>;
}

/**
 * What all steps of a target declare together, whether their `when` lets them in or not.
 *
 * @throws WindlassFailure `InvalidManifest`: what cannot be read may declare anything.
 */
export async function allDeclared(declarations: readonly Declaration[], files: BundleFiles): Promise<AllDeclared> {
  const members: ObjectRef[] = [];
  for (const { manifests, namespace = 'default' } of declarations) {
    if (manifests === undefined) continue;
    for (const { object } of await loadManifests(manifests, files)) members.push({ namespace, ...refOf(object) });
  }
  // What steps declare by name they write themselves: it is kept, and no reason to look for members among its kind.
  const refs = [...members, ...declarations.flatMap(({ objects = [] }) => objects)];
  // Whether a kind is namespaced is not asked: an object is looked up by what the cluster says of it.
  const keys = new Set(refs.flatMap((ref) => [keyOf(ref), keyOf({ ...ref, namespace: '' })]));
  const jobs = new Set(refs.filter(isJob).map(jobKey));
  return { has: (ref) => keys.has(keyOf(ref)), contents: contentsOf(members), jobs };
}
