import { z } from 'zod';
import { unpackedWithin } from '../../bounded.ts';
import type { BucketReader } from '../../domain/bucket-reader.ts';
import { OverLimit } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';

const messages = z.object({
  velero: z.array(z.string()).nullish(),
  cluster: z.array(z.string()).nullish(),
  namespaces: z.record(z.string(), z.array(z.string())).nullish(),
});
const file = z.object({ errors: messages.nullish(), warnings: messages.nullish() });

/** What Velero wrote into the bucket about a backup or restore. Each message begins with the namespace it is about. */
export interface Results {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What is known of a results file: what it says, that it is not what Velero writes, or longer than is read, that nobody looked, or none (null). */
export type Reading = Results | 'unreadable' | 'too large' | 'not read' | null;

export function isRead(reading: Reading): reading is Results {
  return typeof reading === 'object' && reading !== null;
}

/** Whether there were errors, and each of them is one of these. */
export function allErrorsAre(pattern: RegExp, reading: Reading): boolean {
  return isRead(reading) && reading.errors.length > 0 && reading.errors.every((text) => pattern.test(text));
}

/** Where the files of a storage location lie. */
export interface Place {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the root of the bucket. */
  readonly prefix: string;
}

/**
 * Reads the results file that Velero keeps beside a backup (`backups/`) or restore (`restores/`). Null when there is none,
 * `unreadable` when it is not what Velero writes, `too large` when it is longer than is read.
 *
 * @throws WindlassFailure when the bucket cannot be read.
 */
export async function readResults(
  reader: Pick<BucketReader, 'read'>,
  place: Place,
  of: { readonly kind: 'backup' | 'restore'; readonly name: string },
  signal: AbortSignal,
): Promise<Results | 'unreadable' | 'too large' | null> {
  const file = of.kind === 'backup' ? `${of.name}-results.gz` : `restore-${of.name}-results.gz`;
  const content = await reader.read(place.bucket, keyIn(place, `${of.kind}s`, of.name, file), { signal });
  return content === null ? null : parseResults(content);
}

/** The key of a file below the prefix of a location. */
export function keyIn({ prefix }: Place, ...parts: readonly string[]): string {
  return [prefix, ...parts].filter((part) => part !== '').join('/');
}

/**
 * Parses a gzipped results file. Never throws: what cannot be parsed is `unreadable`, what is longer than is read `too large`.
 *
 * @internal exported for its tests
 */
export async function parseResults(content: Uint8Array): Promise<Results | 'unreadable' | 'too large'> {
  try {
    const unpacked = await unpackedWithin(content, LIMITS.unpacked, 'The results file', 'results');
    const { errors, warnings } = file.parse(JSON.parse(unpacked.toString('utf8')));
    return { errors: flat(errors), warnings: flat(warnings) };
  } catch (error) {
    return error instanceof OverLimit ? 'too large' : 'unreadable';
  }
}

function flat(all: z.output<typeof messages> | null | undefined): readonly string[] {
  const spaces = Object.entries(all?.namespaces ?? {});
  return [
    ...(all?.velero ?? []).map((text) => `velero: ${text}`),
    ...(all?.cluster ?? []).map((text) => `cluster: ${text}`),
    ...spaces.flatMap(([namespace, texts]) => texts.map((text) => `${namespace}: ${text}`)),
  ];
}
