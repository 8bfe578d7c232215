import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { Damage } from '../domain/damage.ts';
import { readFileWithin } from '../bounded.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { canonicalJson } from '../domain/json.ts';
import { OverLimit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import { publicKeyOf } from '../domain/public-key.ts';
import type { EntrySeal } from '../domain/record-entry.ts';
import { sha256 } from '../store/sha256.ts';

/** Whose entry is sealed: one cannot be carried over to another run. */
interface SealedFor {
  readonly environment: string;
  readonly run: string;
}

/** Seals an entry by the digest of its text. */
export type Sealer = (of: SealedFor, digest: string) => EntrySeal;

/**
 * A worker's private key: Ed25519 in PEM (PKCS #8).
 *
 * @throws WindlassFailure `ReferenceUnresolved` for anything else; what is wrong is not quoted, since it would be a secret.
 * @internal exported for its tests
 */
export function workerKey(pem: string, file: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below.
  }
  throw new WindlassFailure(
    'ReferenceUnresolved',
    "This is no worker's key: it must be an Ed25519 private key in PEM.",
    {
      object: file,
      next: 'Make one with `windlass worker key FILE`.',
    },
  );
}

/**
 * A worker's private key out of its file.
 *
 * @throws WindlassFailure `ReferenceUnresolved` for a file that is not there or holds no key; `LimitExceeded`.
 */
export async function readWorkerKey(file: string): Promise<KeyObject> {
  const pem = await readFileWithin(file, LIMITS.key, "The worker's key").catch((cause: unknown) => {
    if (cause instanceof OverLimit) throw cause;
    throw new WindlassFailure('ReferenceUnresolved', "The worker's key cannot be read.", {
      object: file,
      next: 'See that the file that WINDLASS_WORKER_KEY names is there and readable for the worker.',
      cause,
    });
  });
  return workerKey(pem.toString('utf8'), file);
}

/** The public half, as policies name it: base64 SPKI. */
export function publicHalf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

export function sealerOf(key: KeyObject): Sealer {
  const name = publicHalf(key);
  return (of, digest) => ({ key: name, signature: sign(null, sealedText(of, digest), key).toString('base64') });
}

/** An entry's text with its seal, which stands for all else that the text says. */
export function withSeal(text: string, of: SealedFor, seal: Sealer): string {
  return canonicalJson({ ...(JSON.parse(text) as object), seal: seal(of, sha256(text)) });
}

/**
 * What is wrong with the seal of a stored entry, where workers' keys are named; null when it is sealed by one of them.
 *
 * @param keys as policies write them.
 */
export function sealFault(
  text: string,
  of: SealedFor,
  keys: readonly string[],
): { readonly damage: Damage; readonly why: string } | null {
  const { seal, ...entry } = JSON.parse(text) as { readonly seal?: EntrySeal };
  if (seal === undefined) return { damage: 'unsealed', why: 'is sealed by no worker' };
  const key = publicKeyOf(seal.key);
  const known = keys.map(publicKeyOf).some((one) => one !== null && key !== null && one.equals(key));
  if (key === null || !known)
    return { damage: 'bad seal', why: 'is sealed by a key that is none of the workers named' };
  const isValid = verify(
    null,
    sealedText(of, sha256(canonicalJson(entry))),
    key,
    Buffer.from(seal.signature, 'base64'),
  );
  return isValid ? null : { damage: 'bad seal', why: 'has a seal that is not over what it says' };
}

function sealedText({ environment, run }: SealedFor, digest: string): Buffer {
  return Buffer.from(canonicalJson({ kind: 'seal', environment, run, entry: digest }));
}
