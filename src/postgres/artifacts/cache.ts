import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openFile, within } from '../../bounded.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { OverLimit, type Limit } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';

/**
 * SHA-256 in hex of a file; null when there is none.
 *
 * @throws WindlassFailure `ArtifactRefused` when it may not be read, or is no file; `LimitExceeded`.
 */
export async function digestOfFile(
  path: string,
  signal: AbortSignal,
  limit: Limit = LIMITS.artifact,
): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    const file = await openFile(path);
    const bytes = file.createReadStream({ signal }) as AsyncIterable<Buffer>;
    for await (const chunk of within(bytes, limit, 'The artifact', path)) hash.update(chunk);
    return hash.digest('hex');
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OverLimit) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw notRead(path, error);
  }
}

/**
 * Writes bytes under their digest; they appear there whole or not at all, and only when they are the right ones.
 *
 * @param from what the bytes are called in words, for the refusal.
 * @throws WindlassFailure `ArtifactRefused` for any other digest, `LimitExceeded`; nothing was opened then, and nothing stays.
 */
export async function keep(
  cache: string,
  sha256: string,
  bytes: AsyncIterable<Uint8Array>,
  from: string,
  limit: Limit = LIMITS.artifact,
): Promise<string> {
  const path = join(cache, sha256);
  const draft = join(cache, `.incoming-${randomUUID()}`);
  await mkdir(dirname(draft), { recursive: true });
  const file = await open(draft, 'wx', 0o644);
  try {
    const hash = createHash('sha256');
    for await (const chunk of within(bytes, limit, 'The artifact', from)) {
      hash.update(chunk);
      await file.write(chunk);
    }
    assertDigest(hash.digest('hex'), sha256, from);
    await file.sync();
    await rename(draft, path);
    return path;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}

/** @throws WindlassFailure `ArtifactRefused` */
export function assertDigest(actual: string, expected: string, from: string): void {
  if (actual === expected) return;
  throw new WindlassFailure(
    'ArtifactRefused',
    `The artifact from ${from} is another one: its SHA-256 is ${actual}, not ${expected}.`,
    {
      object: from,
      next: 'Find out who changed it. It was not opened; correct `sha256` only for a file that you have read.',
      facts: { expected, actual },
    },
  );
}

function notRead(path: string, error: unknown): WindlassFailure {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new WindlassFailure('ArtifactRefused', `The artifact cannot be read: ${code}.`, {
    object: path,
    next: 'Give the worker a file that it may read.',
    cause: error,
  });
}
