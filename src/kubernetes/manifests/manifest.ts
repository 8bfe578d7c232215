import type { Json } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { labelOf, refOf } from '../identity.ts';
import type { Problem } from './problem.ts';
import type { FieldPath } from '../../manifests/yaml-path.ts';

/** An object as the rollout declares it, and where. */
export interface Manifest {
  readonly object: KubernetesObject;
  /** `file:line:column` of a field of the object, of the object itself without a path. Slow: for errors only. */
  at(path?: FieldPath): string;
}

/** A problem with a field of a manifest. */
export function problemAt(manifest: Manifest, path: FieldPath, what: string): Problem {
  return { at: manifest.at(path), object: labelOf(refOf(manifest.object)), what };
}

/** A path as people write it: `spec.containers[0].image`. */
export function pathText(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${String(step)}]`;
    if (/[.[\]/]/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** A value in a few words, for "expected X, found Y": its type, never its content. */
export function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'bigint') return 'an integer';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'an integer' : 'a number') : `a ${typeof value}`;
}
