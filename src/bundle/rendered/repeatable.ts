import type { Json } from '../../domain/json.ts';
import { isHole, type Parts } from '../../domain/made-up.ts';
import type { Invention, RenderedDocument } from '../../domain/rendering.ts';
import { fieldsOf } from '../draft.ts';
import { Needles, sameParts } from './needles.ts';

/** Where two renderings of the same thing differ, and nobody can say why it may. */
interface Wandering {
  readonly source: string;
  /** `Deployment web`. */
  readonly object: string;
  /** `spec.template.metadata.annotations["checksum/config"]`; empty when the object itself comes and goes. */
  readonly field: string;
}

/** A field outside of Secrets that holds what the chart made up. */
export interface MadeUpField {
  /** Which of the documents. */
  readonly document: number;
  readonly path: readonly (string | number)[];
  readonly parts: Parts;
}

export interface Repeats {
  readonly wanderings: readonly Wandering[];
  /** Certificates that everybody may see: whoever applies the documents fills them in. */
  readonly fields: readonly MadeUpField[];
}

/** A rendering: its documents, and what was made up for them. */
export interface Rendered {
  readonly documents: readonly RenderedDocument[];
  readonly inventions: readonly Invention[];
}

const SHOWN = 5;
/** As templates write the checksums of other templates. */
const DIGEST = /^[0-9a-f]{7,128}$/i;

/**
 * Compares two renderings in which whatever the chart makes up is another. What differs by that alone may stay where it
 * gives nothing away: a checksum over it in an annotation or label, a name, a certificate.
 */
export function compareRenderings(first: Rendered, second: Rendered): Repeats {
  const comparison = new Comparison(first, second);
  return comparison.run();
}

class Comparison {
  readonly #first: Rendered;
  readonly #second: Rendered;
  readonly #needles: readonly [Needles, Needles];
  readonly #fields: MadeUpField[] = [];

  constructor(first: Rendered, second: Rendered) {
    this.#first = first;
    this.#second = second;
    this.#needles = [new Needles(first.inventions), new Needles(second.inventions)];
  }

  run(): Repeats {
    const [first, second] = [this.#first.documents, this.#second.documents];
    const found = first.flatMap((document, index): Wandering[] => {
      const other = second[index];
      const at = { source: document.source, object: objectLabel(document.value) };
      if (other?.source !== document.source) return [{ ...at, field: '' }];
      const path = this.#differing(index, document.value, other.value, []);
      return path === null ? [] : [{ ...at, field: path.reduce<string>(below, '') }];
    });
    const more = second
      .slice(first.length)
      .map(({ source, value }) => ({ source, object: objectLabel(value), field: '' }));
    return { wanderings: [...found, ...more].slice(0, SHOWN), fields: this.#fields };
  }

  /** The first field that differs for no good reason. */
  #differing(document: number, a: Json | undefined, b: Json | undefined, path: Path): Path | null {
    if (a === b) return null;
    if (typeof a === 'string' && typeof b === 'string') return this.#mayDiffer(document, a, b, path) ? null : path;
    if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) return path;
    const [left, right] = [a as Readonly<Record<string, Json>>, b as Readonly<Record<string, Json>>];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const found = this.#differing(document, left[key], right[key], [...path, Array.isArray(a) ? Number(key) : key]);
      if (found !== null) return found;
    }
    return null;
  }

  #mayDiffer(document: number, a: string, b: string, path: Path): boolean {
    const told = ['annotations', 'labels'].includes(String(path.at(-2)));
    if (told && DIGEST.test(a) && DIGEST.test(b)) return true;
    const parts = this.#needles[0].partsOf(a);
    if (!sameParts(parts, this.#needles[1].partsOf(b))) return false;
    const values = parts.filter(isHole).map(({ value, part }) => ({ part, of: this.#first.inventions[value]?.value }));
    if (values.every(({ part, of }) => of?.kind === 'certificate' && part === 'cert')) {
      this.#fields.push({ document, path, parts });
      return true;
    }
    // Names and marks of their own, such as what rolls the pods at every upgrade: nobody takes them for a secret.
    return (told || path.join('.') === 'metadata.name') && values.every(({ of }) => of?.kind === 'random');
  }
}

type Path = readonly (string | number)[];

export function objectLabel(value: Json): string {
  const { kind } = fieldsOf(value);
  const { name } = fieldsOf(value, 'metadata');
  return `${typeof kind === 'string' ? kind : 'object'} ${typeof name === 'string' ? name : '(no name)'}`;
}

function below(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function isContainer(value: Json | undefined): value is Exclude<Json, string | number | bigint | boolean | null> {
  return typeof value === 'object' && value !== null;
}
