import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BucketReader } from '../../domain/bucket-reader.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { typeOf } from './dump.ts';
import { startProgram } from './program.ts';
import { withRestoreOrder } from './restore-order.ts';
import type { DumpTools } from './tools.ts';
import { firstError, programWords } from './words.ts';
import type { Dump } from './written.ts';

type Reader = Pick<BucketReader, 'stream'>;

/**
 * Reads a dump through and compares it with what was recorded of it. A restore runs what is in a dump, so nothing that
 * was altered is ever given to pg_restore.
 *
 * @returns what is wrong with it, in words; null when it is the dump that was made.
 * @throws WindlassFailure when the bucket cannot be read, `NotFound` excepted.
 */
export async function inspectDump(
  reader: Reader,
  name: string,
  dump: Dump,
  signal: AbortSignal,
): Promise<string | null> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of reader.stream(dump.bucket, dump.key, { signal })) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'NotFound')
      return `the dump of database ${name} is not in the bucket any more`;
    throw error;
  }
  return wrongWith(name, dump, { bytes, sha256: hash.digest('hex') });
}

/**
 * What tells a dump from the one that was made.
 *
 * @internal exported for its tests
 */
export function wrongWith(
  name: string,
  made: Pick<Dump, 'bytes' | 'sha256'>,
  found: Pick<Dump, 'bytes' | 'sha256'>,
): string | null {
  if (found.bytes !== made.bytes) {
    const what = found.bytes < made.bytes ? 'truncated' : 'another one';
    return `the dump of database ${name} is ${what}: it is ${String(found.bytes)} bytes, ${String(made.bytes)} were recorded`;
  }
  if (found.sha256 === made.sha256) return null;
  return `the dump of database ${name} was altered: its SHA-256 is ${found.sha256}, ${made.sha256} was recorded`;
}

/**
 * Streams a dump into pg_restore. Publications and subscriptions stay out, for they would act on other servers; so do
 * owners and rights, which belong to the original. Event triggers come last, and see nothing of it.
 *
 * @param env the connection to the database that is restored into, as `libpqEnvironment` gives it.
 * @returns what pg_restore said of the dump, in words; null when it restored all of it.
 * @throws WindlassFailure `AccessDenied`, `TargetUnreachable` and `TargetBusy`, which say nothing of the dump; and what the bucket says.
 */
export async function restoreDump(reader: Reader, restored: RestoreOrder, signal: AbortSignal): Promise<string | null> {
  const { bucket, key } = restored.dump;
  return withRestoreOrder(reader.stream(bucket, key, { signal }), restored, signal, (list) =>
    pgRestore(reader.stream(bucket, key, { signal }), restored, list, signal),
  );
}

/** What is to be restored, and into what. */
interface RestoreOrder {
  /** `platform-db/dolphinscheduler`, for words. */
  readonly name: string;
  readonly dump: Dump;
  readonly tools: DumpTools;
  readonly env: Readonly<Record<string, string>>;
}

async function pgRestore(
  dump: AsyncIterable<Uint8Array>,
  { name, tools, env }: RestoreOrder,
  list: string | null,
  signal: AbortSignal,
): Promise<string | null> {
  const args = [
    `--dbname=${env['PGDATABASE'] ?? ''}`,
    ...['--format=custom', '--exit-on-error', '--no-password', '--no-owner', '--no-privileges', '--no-tablespaces'],
    ...['--no-publications', '--no-subscriptions', '--no-security-labels'],
    ...(list === null ? [] : [`--use-list=${list}`]),
  ];
  const program = startProgram(join(tools.directory, 'pg_restore'), args, env, signal);
  program.stdout.resume();
  try {
    // When it ends early its words tell why, and not the broken pipe; what the bucket refuses is told as it is.
    const sent = pipeline(dump, program.stdin).catch((error: unknown) => {
      program.stop();
      return error;
    });
    const { code, lines } = await program.ended;
    const error = await sent;
    signal.throwIfAborted();
    if (error instanceof WindlassFailure) throw error;
    if (code === 0) return null;
    const words = programWords(lines);
    const judged = firstError(lines);
    if (DENIED.test(judged)) throw denied(name, words);
    const type = typeOf(lines);
    if (type !== 'BackupFailed' && !/does not exist/.test(judged)) throw restoreFailed(name, type, words);
    return `the dump of database ${name} cannot be restored: ${words}`;
  } finally {
    program.stop();
  }
}

/** What the user of the target may not do says nothing of the dump: an extension or event trigger needs a superuser. */
const DENIED = /permission denied|must be (a )?(superuser|owner|member)|[Mm]ust be superuser/;

function denied(name: string, words: string): WindlassFailure {
  return new WindlassFailure('AccessDenied', `The user of the target may not restore what the dump holds: ${words}.`, {
    object: `dump of database ${name}`,
    next: 'Give the target a user that may, such as the one who would restore it in need; the dump itself is whole.',
  });
}

function restoreFailed(name: string, type: WindlassFailure['type'], words: string): WindlassFailure {
  return new WindlassFailure(type, `pg_restore was interrupted: ${words}.`, {
    object: `dump of database ${name}`,
    next: 'Nothing: the drill restores again.',
  });
}
