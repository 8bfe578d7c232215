import { createHash } from 'node:crypto';
import type { Bundle } from '../domain/bundle.ts';
import type { BundleFiles } from '../domain/step-engine.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { within } from '../bounded.ts';
import type { Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { bundleDocument, sha256 } from './digest.ts';
import { bundleFiles } from './files.ts';
import type { LoadedRollout } from './load.ts';

const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Stores a bundle and its files under their digests. The bundle comes last, so that a bundle which is there is whole.
 * Storing it again writes nothing.
 *
 * @throws WindlassFailure of the store.
 */
export async function saveBundle(
  store: BlobStore,
  loaded: Pick<LoadedRollout, 'bundle' | 'digest' | 'files' | 'large'>,
): Promise<void> {
  await Promise.all([...loaded.files.values()].map((text) => store.put(fileKey(sha256(text)), Buffer.from(text))));
  for (const { sha256: digest, place } of loaded.large.values()) await store.putFile(fileKey(digest), place);
  await store.put(bundleKey(loaded.digest), Buffer.from(bundleDocument(loaded.bundle)));
}

/**
 * Opens a stored bundle. The bundle is checked against its digest now, every file against its own whenever it is read.
 *
 * @throws WindlassFailure `BundleMissing`, `BundleCorrupt` or `LimitExceeded`, or of the store.
 */
export async function openBundle(store: BlobStore, digest: string): Promise<{ bundle: Bundle; files: BundleFiles }> {
  if (!DIGEST.test(digest)) {
    throw new WindlassFailure('BundleMissing', 'What was given is not a bundle digest: 64 hexadecimal digits.', {
      next: 'Give the whole digest, as `windlass validate --json` and `windlass status --json` print it.',
    });
  }
  const document = await verified(store, bundleKey(digest), digest, `bundle ${digest}`, LIMITS.bundle);
  const bundle = JSON.parse(document) as Bundle;
  const files = bundleFiles(
    bundle,
    (path, expected) => verified(store, fileKey(expected), expected, `${path} of bundle ${digest}`, LIMITS.text),
    (path, expected) => verifiedStream(store, fileKey(expected), expected, `${path} of bundle ${digest}`),
  );
  return { bundle, files };
}

async function verified(store: BlobStore, key: string, expected: string, what: string, limit: Limit): Promise<string> {
  const content = await store.get(key, limit);
  if (content === null) throw missing(key, what);
  assertDigest(sha256(content), expected, key, what);
  return content.toString('utf8');
}

/** Throws at its end when the bytes were others: whoever acts on them before that must be able to take it back. */
async function* verifiedStream(store: BlobStore, key: string, expected: string, what: string): AsyncGenerator<Buffer> {
  const bytes = await store.stream(key);
  if (bytes === null) throw missing(key, what);
  const hash = createHash('sha256');
  for await (const chunk of within(bytes, LIMITS.largeFile, `In the store, ${what}`, key)) {
    hash.update(chunk);
    yield chunk;
  }
  assertDigest(hash.digest('hex'), expected, key, what);
}

function missing(key: string, what: string): WindlassFailure {
  return new WindlassFailure('BundleMissing', `The store has no ${what}.`, {
    object: key,
    next: 'Check that this process uses the store that the rollout was started with; starting it again stores the bundle again.',
  });
}

function assertDigest(actual: string, expected: string, key: string, what: string): void {
  if (actual === expected) return;
  throw new WindlassFailure(
    'BundleCorrupt',
    `The store holds other content for ${what}: its SHA-256 is ${actual}, not ${expected}.`,
    {
      object: key,
      next: 'Move the damaged file of the store aside and start the rollout again, which stores what is missing.',
      facts: { expected, actual },
    },
  );
}

function bundleKey(digest: string): string {
  return `bundles/${digest}.json`;
}

function fileKey(digest: string): string {
  return `blobs/${digest}`;
}
