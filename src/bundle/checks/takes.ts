import { didYouMean, listed } from '../../domain/suggest.ts';
import { isClusterScoped } from '../../manifests/cluster-scoped.ts';
import type { StepDraft } from '../draft.ts';
import type { Problem } from '../problem.ts';
import type { Content } from '../source/content.ts';
import type { ManifestObject } from './manifests.ts';

/** Entries of `take` that name no object of the step's manifests: nobody would notice that they take nothing. */
export function takeProblems(rollout: Content, { path, step }: StepDraft, own: readonly ManifestObject[]): Problem[] {
  if (step?.kind !== 'kubernetes.adopt') return [];
  const { take, namespace = 'default' } = step.with;
  const objects = [...new Set(own.flatMap((object) => labelsOf(object, namespace)))];
  const names = [...new Set(own.map(({ kind }) => kind)), ...objects];
  return take.flatMap(({ object }, index) => {
    if (names.includes(object)) return [];
    // What is meant lacks its namespace, or is misspelt.
    const bare = objects.find((label) => label.replace(/ .*\//, ' ') === object);
    const meant = bare === undefined ? didYouMean(object, names) : ` (did you mean "${bare}"?)`;
    const message = `the manifests of this step declare no "${object}"${meant}; they declare ${listed(objects)}`;
    return [rollout.at([...path, 'with', 'take', index, 'object'], message)];
  });
}

/** As plans call an object. Whether kinds that others have defined are in namespaces, only their cluster knows. */
function labelsOf({ group, kind, name, namespace: own }: ManifestObject, namespace: string): readonly string[] {
  const [clusterWide, placed] = [`${kind} ${name}`, `${kind} ${own ?? namespace}/${name}`];
  if (isClusterScoped(group, kind)) return [clusterWide];
  return group.includes('.') && !group.endsWith('.k8s.io') ? [placed, clusterWide] : [placed];
}
