import type { NamedSecret, Reference, Resolved } from '../domain/reference.ts';
import type { Path } from './source/yaml-source.ts';

/** Every `{ secret: NAME }` in the data of a step, with its path. */
export function namedSecrets(
  data: unknown,
  path: Path = [],
): readonly { readonly name: string; readonly path: Path }[] {
  if (typeof data !== 'object' || data === null) return [];
  if (isNamedSecret(data)) return [{ name: data.secret, path }];
  if (Array.isArray(data)) return data.flatMap((item, index) => namedSecrets(item, [...path, index]));
  return Object.entries(data).flatMap(([key, value]) => namedSecrets(value, [...path, key]));
}

/** Puts the references of an environment in the place of the names of secrets. Names were checked before. */
export function resolveSecrets<T>(data: T, secrets: Readonly<Record<string, Reference>>): Resolved<T> {
  const resolved = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (isNamedSecret(value)) return secrets[value.secret];
    if (Array.isArray(value)) return value.map(resolved);
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, resolved(field)]));
  };
  return resolved(data) as Resolved<T>;
}

function isNamedSecret(value: object): value is NamedSecret {
  return 'secret' in value && typeof value.secret === 'string' && Object.keys(value).length === 1;
}
