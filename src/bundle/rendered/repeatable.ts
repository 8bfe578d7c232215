import type { Json } from '../../domain/json.ts';
import type { RenderedDocument } from '../../domain/rendering.ts';
import { fieldsOf } from '../draft.ts';

/** Where two renderings of the same thing differ. */
export interface Wandering {
  readonly source: string;
  /** `Deployment web`. */
  readonly object: string;
  /** `spec.template.metadata.annotations["checksum/config"]`; empty when the object itself comes and goes. */
  readonly field: string;
}

const SHOWN = 5;

/** Every object that is not the same in both, with the first field of it that is not. */
export function wanderings(
  first: readonly RenderedDocument[],
  second: readonly RenderedDocument[],
): readonly Wandering[] {
  const found = first.flatMap((document, index) => {
    const other = second[index];
    const at = { source: document.source, object: objectLabel(document.value) };
    if (other?.source !== document.source) return [{ ...at, field: '' }];
    const field = differingField(document.value, other.value, '');
    return field === null ? [] : [{ ...at, field }];
  });
  const more = second
    .slice(first.length)
    .map(({ source, value }) => ({ source, object: objectLabel(value), field: '' }));
  return [...found, ...more].slice(0, SHOWN);
}

export function objectLabel(value: Json): string {
  const { kind } = fieldsOf(value);
  const { name } = fieldsOf(value, 'metadata');
  return `${typeof kind === 'string' ? kind : 'object'} ${typeof name === 'string' ? name : '(no name)'}`;
}

function differingField(a: Json | undefined, b: Json | undefined, path: string): string | null {
  if (a === b) return null;
  if (isContainer(a) && isContainer(b) && Array.isArray(a) === Array.isArray(b)) {
    const [left, right] = [a as Readonly<Record<string, Json>>, b as Readonly<Record<string, Json>>];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const field = differingField(left[key], right[key], Array.isArray(a) ? `${path}[${key}]` : below(path, key));
      if (field !== null) return field;
    }
    return null;
  }
  return path;
}

function below(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function isContainer(value: Json | undefined): value is Exclude<Json, string | number | boolean | null> {
  return typeof value === 'object' && value !== null;
}
