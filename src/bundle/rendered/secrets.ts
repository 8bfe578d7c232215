import type { Json } from '../../domain/json.ts';
import { isHole, type Parts, type Place } from '../../domain/made-up.ts';
import type { Invention, RenderedDocument } from '../../domain/rendering.ts';
import { didYouMean, listed } from '../../domain/suggest.ts';
import type { ManifestObject } from '../checks/manifests.ts';
import { writtenInText } from '../../domain/secret-text.ts';
import { fieldsOf } from '../draft.ts';
import { omit } from '../omit.ts';
import { Needles, sameParts } from './needles.ts';
import type { Rendered } from './repeatable.ts';

/** What the step says about Secrets: references by key, by `NAME` or `NAMESPACE/NAME`. */
export type SecretMapping = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface MappedSecrets {
  /** The documents of both renderings, every value of a Secret left out. */
  readonly documents: readonly RenderedDocument[];
  readonly again: readonly RenderedDocument[];
  /** Values of Secrets that are filled in when the step acts, without a word of the step. */
  readonly places: readonly Place[];
  readonly problems: readonly {
    readonly secret: string | null;
    readonly key: string | null;
    readonly message: string;
  }[];
  readonly notes: readonly string[];
  /** Keys of the mapping that a Secret was found for. */
  readonly used: ReadonlySet<string>;
}

type MappingProblem = MappedSecrets['problems'][number];

/**
 * Takes the values out of rendered Secrets. What the chart made up is made when the step acts and kept from then on; what
 * the step says to hold no secret stays as it was rendered; all else must be mapped to a reference.
 */
export function mapSecrets(
  first: Rendered,
  second: Rendered,
  mapping: SecretMapping,
  namespace: string,
): MappedSecrets {
  const used = new Set<string>();
  const problems: MappingProblem[] = [];
  const places: Place[] = [];
  const notes: string[] = [];
  const needles = [new Needles(first.inventions), new Needles(second.inventions)] as const;
  for (const [index, document] of first.documents.entries()) {
    if (!isSecret(document)) continue;
    const { value, source } = document;
    const metadata = fieldsOf(value, 'metadata');
    const name = String(metadata['name']);
    const own = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : namespace;
    const entry = mappingFor(mapping, name, own);
    if (entry !== undefined) used.add(entry);
    const given = entry === undefined ? {} : (mapping[entry] ?? {});
    const texts = textsOf(value);
    const again = textsOf(second.documents[index]?.value ?? {});
    const kept: string[] = [];
    for (const [key, text] of texts) {
      const rule = given[key];
      if (rule !== undefined && !isAsRendered(rule)) continue;
      const parts = needles[0].partsOf(text ?? '');
      const repeats = text !== null && sameParts(parts, needles[1].partsOf(again.get(key) ?? ''));
      const refusal = refusalOf(key, parts, repeats, rule !== undefined, first.inventions);
      if (refusal !== null) {
        const example = `secrets: { ${name}: { ${key}: { secret: NAME } } }`;
        const message = `Secret ${name} (${source}) ${refusal}: map it to a reference, as in ${example}`;
        const or = rule === undefined && repeats ? `, or, if it holds no secret, to { asRendered: true }` : '';
        problems.push({ secret: entry ?? null, key: rule === undefined ? null : key, message: message + or });
      } else
        places.push({ object: { apiVersion: 'v1', kind: 'Secret', namespace: own, name }, path: ['data', key], parts });
      if (refusal === null && parts.some((part) => isHole(part) && madeBy(part.value, first.inventions)))
        kept.push(key);
    }
    // A Secret without values is there to be filled: any key will do, but for what would be as rendered.
    for (const [key, rule] of Object.entries(given))
      if (!texts.has(key) && (texts.size > 0 || isAsRendered(rule)))
        problems.push({
          secret: entry ?? null,
          key,
          message: `Secret ${name} (${source}) has no key "${key}"${didYouMean(key, [...texts.keys()])}`,
        });
    if (kept.length > 0)
      notes.push(
        `the chart makes up ${listed(kept)} of Secret ${name} (${source}): made when it is first applied, and kept in the cluster from then on`,
      );
  }
  return {
    documents: first.documents.map(emptied),
    again: second.documents.map(emptied),
    places,
    problems,
    notes,
    used,
  };
}

function isSecret({ value }: RenderedDocument): boolean {
  return value['kind'] === 'Secret' && value['apiVersion'] === 'v1';
}

function emptied(document: RenderedDocument): RenderedDocument {
  return isSecret(document) ? { ...document, value: omit(document.value, 'data', 'stringData') } : document;
}

/** Whether the step says that a text holds no secret. */
export function isAsRendered(rule: unknown): boolean {
  return typeof rule === 'object' && rule !== null && 'asRendered' in rule;
}

function madeBy(value: number, inventions: readonly Invention[]): boolean {
  return inventions[value]?.value?.kind !== 'reference';
}

/** Why a text cannot be filled in; null when it can. Never repeats it. */
function refusalOf(
  key: string,
  parts: Parts,
  repeats: boolean,
  asRendered: boolean,
  inventions: readonly Invention[],
): string | null {
  const never = 'and secret values never enter a bundle';
  if (!repeats || parts.some((part) => isHole(part) && inventions[part.value]?.value === null))
    return `has under "${key}" bytes, or what is derived of a value that the chart makes up and cannot be followed`;
  if (parts.every((part) => isHole(part) || part.trim() === '')) return null;
  if (!asRendered) return `has a value under "${key}", ${never}`;
  const text = parts.map((part) => (isHole(part) ? '${made-up}' : part)).join('');
  const written = writtenInText(key, text);
  return written === null ? null : `has, as rendered, a secret value under "${key}" (${written}), ${never}`;
}

/** The texts of a Secret by key; null for what is none. */
function textsOf(value: Readonly<Record<string, Json>>): ReadonlyMap<string, string | null> {
  const data = Object.entries(fieldsOf(value['data'])).map(([key, one]) => [key, decoded(textOf(one))] as const);
  const texts = Object.entries(fieldsOf(value['stringData'])).map(([key, one]) => [key, textOf(one)] as const);
  return new Map([...data, ...texts]);
}

/** A key without a value is an empty text; the API server refuses all else. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function decoded(base64: string): string | null {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : null;
}

/** The narrower name wins. */
function mappingFor(mapping: SecretMapping, name: string, namespace: string): string | undefined {
  return [`${namespace}/${name}`, name].find((key) => Object.hasOwn(mapping, key));
}

/** Entries of the mapping that no Secret of the step was found for. */
export function unusedMappings(
  mapping: SecretMapping,
  used: ReadonlySet<string>,
): readonly { readonly secret: string; readonly message: string }[] {
  return Object.keys(mapping)
    .filter((key) => !used.has(key))
    .map((secret) => ({ secret, message: `the step declares no Secret "${secret}"` }));
}

/** Entries of the mapping for Secrets of manifest files, which hold no values and are filled when the step acts. */
export function secretsFilled(
  objects: readonly ManifestObject[],
  mapping: SecretMapping,
  namespace = 'default',
): ReadonlySet<string> {
  return new Set(
    objects
      .filter(({ group, kind }) => group === '' && kind === 'Secret')
      .flatMap((object) => mappingFor(mapping, object.name, object.namespace ?? namespace) ?? []),
  );
}
