import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DumpPlace } from './written.ts';
import type { BucketWriter } from '../../domain/bucket-writer.ts';
import { WindlassFailure, type FailureType } from '../../domain/failure.ts';
import { startProgram } from './program.ts';
import type { DumpTools } from './tools.ts';
import { firstError, programWords } from './words.ts';

/** How long pg_dump waits for the lock of a table that somebody is changing, in milliseconds. */
export const LOCK_WAIT_MS = 60_000;

/** What is to be dumped, and as which moment. */
export interface DumpOrder {
  /** `platform-db/dolphinscheduler`, for words. */
  readonly name: string;
  readonly tools: DumpTools;
  /** The connection, as `libpqEnvironment` gives it. */
  readonly env: Readonly<Record<string, string>>;
  /** Of a transaction that stays open until the dump is done. */
  readonly snapshot: string;
  /** Schemas of other drills. */
  readonly without: readonly string[];
}

/** What was written. */
export interface Dumped {
  readonly versionId: string | null;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Streams pg_dump into a bucket; the object is there as a whole or not at all.
 *
 * @throws WindlassFailure `BackupFailed` with what pg_dump said; `TargetBusy` when tables were locked or dropped
 *   meanwhile, `TargetUnreachable` when the connection was lost; and what the bucket refuses.
 */
export async function dumpInto(
  writer: BucketWriter,
  { bucket, key }: DumpPlace,
  order: DumpOrder,
  seen: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Dumped> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* content(): AsyncGenerator<Uint8Array> {
    for await (const chunk of pgDump(order, signal)) {
      hash.update(chunk);
      bytes += chunk.length;
      seen(bytes);
      yield chunk;
    }
  }
  const { versionId } = await writer.put(bucket, key, content(), { signal });
  return { versionId, bytes, sha256: hash.digest('hex') };
}

async function* pgDump(
  { name, tools, env, snapshot, without }: DumpOrder,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const args = [
    '--format=custom',
    `--snapshot=${snapshot}`,
    `--lock-wait-timeout=${String(LOCK_WAIT_MS)}`,
    '--no-password',
    ...without.map((schema) => `--exclude-schema=${schema}`),
  ];
  const program = startProgram(join(tools.directory, 'pg_dump'), args, env, signal);
  program.stdin.end();
  try {
    for await (const chunk of program.stdout) yield chunk as Buffer;
    const { code, lines } = await program.ended;
    signal.throwIfAborted();
    if (code !== 0) throw dumpFailed(name, code, lines);
  } finally {
    program.stop();
    await program.ended;
  }
}

function dumpFailed(name: string, code: number | null, lines: readonly string[]): WindlassFailure {
  return new WindlassFailure(
    typeOf(lines),
    `pg_dump ended with ${code === null ? 'a signal' : String(code)}: ${programWords(lines)}.`,
    {
      object: `database ${name}`,
      next: 'Mend what it names, and retry the step: the dump begins anew.',
    },
  );
}

const GONE =
  /connection to server|server closed the connection|terminating connection|could not connect|PQ\w+\(\) failed/;

/**
 * What can be otherwise the next time: whoever held a lock lets go, a table that was dropped is in no new snapshot. That the
 * server went away in the middle of a table is said in a line behind the error.
 *
 * @param lines all that pg_dump or pg_restore wrote.
 */
export function typeOf(lines: readonly string[]): FailureType {
  const words = firstError(lines);
  if (/lock timeout|could not obtain lock|does not exist|invalid snapshot/.test(words)) return 'TargetBusy';
  if (lines.some((line) => GONE.test(line))) return 'TargetUnreachable';
  return 'BackupFailed';
}
