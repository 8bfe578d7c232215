import type { Json, JsonObject } from '../../domain/json.ts';
import { isHole, type Hole, type MadeUp, type Parts, type Place } from '../../domain/made-up.ts';
import type { NamedSecret, Reference } from '../../domain/reference.ts';
import type { Invention, RenderedDocument } from '../../domain/rendering.ts';
import { fieldsOf } from '../draft.ts';
import type { MadeUpField } from './repeatable.ts';

/** `Keeping` of a rollout file, whose references may be names of secrets still. */
export interface KeepingFile {
  readonly values: readonly (
    Exclude<MadeUp, { kind: 'reference' }> | { readonly kind: 'reference'; readonly reference: Reference | NamedSecret }
  )[];
  readonly places: readonly Place[];
}

/** The values that the places have, numbered in the order of their places; null for no place. */
export function keepingOf(inventions: readonly Invention[], places: readonly Place[]): KeepingFile | null {
  if (places.length === 0) return null;
  const values: MadeUp[] = [];
  const numbers = new Map<number, number>();
  const numberOf = (invention: number): number => {
    const known = numbers.get(invention);
    if (known !== undefined) return known;
    const value = inventions[invention]?.value;
    if (value === null || value === undefined) throw new RangeError('a value that cannot be made has a place');
    const signed = value.kind === 'certificate' && value.signer !== null;
    const made = signed ? { ...value, signer: numberOf(value.signer) } : value;
    numbers.set(invention, values.push(made) - 1);
    return values.length - 1;
  };
  const numbered = places.map((place) => ({ ...place, parts: withNumbers(place.parts, numberOf) }));
  return { values, places: numbered };
}

/** What two renderings of one step keep. */
export function joined(one: KeepingFile | null, other: KeepingFile | null): KeepingFile | null {
  if (one === null || other === null) return one ?? other;
  const after = one.values.length;
  const values = other.values.map((value) =>
    value.kind === 'certificate' && value.signer !== null ? { ...value, signer: value.signer + after } : value,
  );
  const places = other.places.map((place) => ({ ...place, parts: withNumbers(place.parts, (value) => value + after) }));
  return { values: [...one.values, ...values], places: [...one.places, ...places] };
}

function withNumbers(parts: Parts, numberOf: (value: number) => number): Parts {
  return parts.map((part): string | Hole => (isHole(part) ? { ...part, value: numberOf(part.value) } : part));
}

/** Empties the fields that are filled in when the step acts. */
export function withoutFields(
  documents: readonly RenderedDocument[],
  fields: readonly MadeUpField[],
  namespace: string,
): { readonly documents: readonly RenderedDocument[]; readonly places: readonly Place[] } {
  const byDocument = Map.groupBy(fields, ({ document }) => document);
  const places = fields.map(({ document, path, parts }) => {
    const { apiVersion, kind } = fieldsOf(documents[document]?.value);
    const { name, namespace: own = namespace } = fieldsOf(documents[document]?.value, 'metadata');
    const object = { apiVersion: String(apiVersion), kind: String(kind), namespace: String(own), name: String(name) };
    return { object, path, parts };
  });
  const emptied = documents.map((document, index) => {
    const paths = byDocument.get(index) ?? [];
    return {
      ...document,
      value: paths.reduce<Json>((value, { path }) => emptiedAt(value, path), document.value) as JsonObject,
    };
  });
  return { documents: emptied, places };
}

function emptiedAt(value: Json | undefined, [step, ...rest]: readonly (string | number)[]): Json {
  if (step === undefined) return '';
  if (Array.isArray(value))
    return (value as readonly Json[]).map((item, index) => (index === step ? emptiedAt(item, rest) : item));
  const fields = value as JsonObject;
  return { ...fields, [step]: emptiedAt(fields[step], rest) };
}
