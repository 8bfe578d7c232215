import { groupOf } from '../../domain/kubernetes-api.ts';
import { isClusterScoped } from '../../manifests/cluster-scoped.ts';
import { isDefinition, kindsDefinedBy } from '../../manifests/definitions.ts';
import type { Problem } from '../problem.ts';
import type { ManifestObject } from './manifests.ts';

/** An object as one step of the rollout applies it. */
export interface AppliedObject {
  readonly object: ManifestObject;
  /** Where objects go that name no namespace. */
  readonly namespace: string | undefined;
  /** `phase/step`, to name it. */
  readonly step: string;
  readonly target: string;
  /** Where the step refers to the file. */
  readonly reference: Problem;
  /** A rendered object stands in no file that a person can mend: what is wrong with it is told at the reference. */
  readonly rendered: boolean;
}

/** Kinds without namespaces that the rollout itself defines. */
function definedClusterWide(applied: readonly AppliedObject[]): ReadonlySet<string> {
  const defined = applied.flatMap(({ object: { object } }) => (isDefinition(object) ? kindsDefinedBy(object) : []));
  return new Set(defined.flatMap((one) => (one.namespaced ? [] : [`${groupOf(one.apiVersion)}/${one.kind}`])));
}

/** Objects of one target that two sources, or two steps, declare. Each would undo what the other did. */
export function identityProblems(applied: readonly AppliedObject[]): readonly Problem[] {
  const defined = definedClusterWide(applied);
  const first = new Map<string, AppliedObject>();
  return applied.flatMap((one) => {
    const { group, kind, name } = one.object;
    const clusterWide = isClusterScoped(group, kind) || defined.has(`${group}/${kind}`);
    const namespace = clusterWide ? '' : (one.object.namespace ?? one.namespace ?? 'default');
    const key = JSON.stringify([one.target, group, kind, namespace, name]);
    const other = first.get(key);
    if (!other) {
      first.set(key, one);
      return [];
    }
    const shown = one.object.namespace ?? one.namespace ?? '';
    const label = `${kind}${group === '' ? '' : `.${group}`} ${shown === '' || namespace === '' ? '' : `${shown}/`}${name}`;
    if (other.object === one.object)
      return [{ ...one.reference, message: `${label} is applied by step ${other.step} already, from the same file` }];
    const steps = other.step === one.step ? `step ${one.step}` : `steps ${other.step} and ${one.step}`;
    const at = placeOf(other.object);
    if (one.rendered) {
      const message = `a second ${label}, at ${placeOf(one.object)}; the first is at ${at} (${steps})`;
      return [{ ...one.reference, message }];
    }
    return [one.object.at(NAME, `a second ${label}; the first is at ${at} (${steps})`)];
  });
}

const NAME = ['metadata', 'name'];

/** `manifests/web.yaml:12`. */
function placeOf(object: ManifestObject): string {
  const { file, line } = object.at(NAME, '');
  return `${file}:${line}`;
}
