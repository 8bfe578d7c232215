import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { startProgram } from './program.ts';
import type { DumpTools } from './tools.ts';

/** An event trigger, or a comment on one, as `pg_restore --list` writes it: the number in the dump, two OIDs, what it is. */
const EVENT_TRIGGER = /^\d+; \d+ \d+ (EVENT TRIGGER|COMMENT - EVENT TRIGGER) /;

/**
 * The order in which a dump is restored so that no event trigger sees the restore, not even one that fires in every session
 * (`ENABLE ALWAYS`): pg_dump puts them before the refresh of materialized views (`PRIO_EVENT_TRIGGER` in its pg_dump_sort.c).
 *
 * @param list as `pg_restore --list` writes it.
 * @returns the list for `pg_restore --use-list`; null for a dump without event triggers, whose own order is right.
 * @internal exported for its tests
 */
export function eventTriggersLast(list: string): string | null {
  const lines = list.split('\n');
  const last = lines.filter((line) => EVENT_TRIGGER.test(line));
  if (last.length === 0) return null;
  return [...lines.filter((line) => !EVENT_TRIGGER.test(line)), ...last, ''].join('\n');
}

/**
 * Lets `work` have the file for `pg_restore --use-list` by which the event triggers of a dump come last; null where none is
 * needed, as for a dump whose list cannot be read: then pg_restore itself says what is wrong with it.
 *
 * @throws what `work` throws.
 */
export async function withRestoreOrder<T>(
  dump: AsyncIterable<Uint8Array>,
  { tools, env }: { readonly tools: DumpTools; readonly env: Readonly<Record<string, string>> },
  signal: AbortSignal,
  work: (file: string | null) => Promise<T>,
): Promise<T> {
  const order = eventTriggersLast(await listOf(dump, tools, env, signal));
  if (order === null) return work(null);
  const directory = await mkdtemp(join(tmpdir(), 'windlass-restore-'));
  try {
    const file = join(directory, 'order');
    await writeFile(file, order, { mode: 0o600 });
    return await work(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** It stands at the head of a dump: pg_restore reads no further. */
async function listOf(
  dump: AsyncIterable<Uint8Array>,
  tools: DumpTools,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const program = startProgram(join(tools.directory, 'pg_restore'), ['--list'], env, signal);
  // That it reads no further breaks the pipe; what the bucket refuses, the restore is refused, too.
  const sent = pipeline(dump, program.stdin).catch(() => undefined);
  try {
    const list = await text(program.stdout);
    const { code } = await program.ended;
    return code === 0 ? list : '';
  } finally {
    program.stop();
    await sent;
  }
}
