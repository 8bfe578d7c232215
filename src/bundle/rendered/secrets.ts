import type { RenderedDocument } from '../../domain/rendering.ts';
import { fieldsOf } from '../draft.ts';
import type { ManifestObject } from '../checks/manifests.ts';
import { omit } from '../omit.ts';
import { didYouMean } from '../../domain/suggest.ts';

/** What the step says about Secrets: references by key, by `NAME` or `NAMESPACE/NAME`. */
export type SecretMapping = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface MappedSecrets {
  /** The documents, every value of a Secret left out. */
  readonly documents: readonly RenderedDocument[];
  readonly problems: readonly {
    readonly secret: string | null;
    readonly key: string | null;
    readonly message: string;
  }[];
  /** Keys of the mapping that a Secret was found for. */
  readonly used: ReadonlySet<string>;
}

/**
 * Takes the values out of rendered Secrets. Each must be mapped to a reference, which puts another value in its place
 * when the step acts; whatever the chart came up with goes nowhere.
 */
export function mapSecrets(
  documents: readonly RenderedDocument[],
  mapping: SecretMapping,
  namespace: string,
): MappedSecrets {
  const used = new Set<string>();
  const problems: MappedSecrets['problems'][number][] = [];
  const mapped = documents.map((document) => {
    const { value, source } = document;
    if (value['kind'] !== 'Secret' || value['apiVersion'] !== 'v1') return document;
    const metadata = fieldsOf(value, 'metadata');
    const name = String(metadata['name']);
    const own = metadata['namespace'];
    const entry = mappingFor(mapping, name, typeof own === 'string' ? own : namespace);
    if (entry !== undefined) used.add(entry);
    const given = Object.keys(entry === undefined ? {} : (mapping[entry] ?? {}));
    const keys = [...new Set([...Object.keys(fieldsOf(value['data'])), ...Object.keys(fieldsOf(value['stringData']))])];
    for (const key of keys.filter((one) => !given.includes(one)))
      problems.push({
        secret: entry ?? null,
        key: null,
        message: `Secret ${name} (${source}) has a value under "${key}", and secret values never enter a bundle: map it to a reference, as in secrets: { ${name}: { ${key}: { secret: NAME } } }`,
      });
    // A Secret without values is there to be filled: any key will do.
    for (const key of keys.length === 0 ? [] : given.filter((one) => !keys.includes(one)))
      problems.push({
        secret: entry ?? null,
        key,
        message: `Secret ${name} (${source}) has no key "${key}"${didYouMean(key, keys)}`,
      });
    return { ...document, value: omit(value, 'data', 'stringData') };
  });
  return { documents: mapped, problems, used };
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
