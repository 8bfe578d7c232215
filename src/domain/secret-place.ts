import { WindlassFailure } from './failure.ts';
import { referenceLabel, type Reference } from './reference.ts';
import type { EngineContext } from './step-engine.ts';

/** A key of a Secret in a cluster. */
export interface SecretKey {
  readonly target: string;
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** Where a secret value is. */
export type SecretPlace = Reference | { readonly kubernetesSecret: SecretKey };

/** Gives the value of a key of a Secret; null when there is no such Secret or key. */
export type SecretReader = (key: SecretKey, signal: AbortSignal) => Promise<string | null>;

/** Where a value is, in words: never the value. */
export function placeLabel(place: SecretPlace): string {
  if (!('kubernetesSecret' in place)) return referenceLabel(place);
  const { target, namespace, name, key } = place.kubernetesSecret;
  return `key ${key} of Secret ${namespace}/${name} on target ${target}`;
}

/**
 * The value at a place; null when the Secret or its key is not there.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, and what reading the cluster throws.
 */
export async function valueIfThere(
  place: SecretPlace,
  read: SecretReader,
  { resolve, signal }: Pick<EngineContext, 'resolve' | 'signal'>,
): Promise<string | null> {
  return 'kubernetesSecret' in place ? read(place.kubernetesSecret, signal) : resolve(place);
}

/**
 * The value at a place, which must be there.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, and what reading the cluster throws.
 */
export async function valueAt(
  place: SecretPlace,
  read: SecretReader,
  context: Pick<EngineContext, 'resolve' | 'signal'>,
): Promise<string> {
  const value = await valueIfThere(place, read, context);
  if (value !== null) return value;
  throw new WindlassFailure('ReferenceUnresolved', 'The Secret or its key does not exist.', {
    object: placeLabel(place),
    next: 'Let a kubernetes.secret step before this one make it, then retry.',
  });
}
