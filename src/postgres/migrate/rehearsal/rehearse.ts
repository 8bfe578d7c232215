import { createHash } from 'node:crypto';
import { withSession, type Session } from '../../session.ts';
import { actingAs, actingRole } from '../acting-role.ts';
import type { Script } from '../examine.ts';
import { destroyingRoutines } from '../lint/code.ts';
import { mayHoldRows } from '../may-hold-rows.ts';
import { asOriginal, NoCopy, onCopy, wordsOf, type Original } from './copy.ts';
import type { Seen } from './observe.ts';
import { ReadyReader } from './ready.ts';
import { RECORDER } from './recorder.ts';
import type { Task } from './pace.ts';
import { isSaid, Rehearsing } from './rehearsing.ts';
import type { Rehearsal, Rehearsed } from './result.ts';
import { prepare, subjectsOf } from './subjects.ts';

/** What one statement may take, and all of them, in milliseconds: on a copy without rows nothing takes long. */
const STATEMENT_MS = 5_000;
const ALL_MS = 60_000;
const LOCK_MS = 2_000;

/**
 * Carries pending files out on a copy of the catalog and looks, statement by statement, at what becomes of the tables that
 * hold rows on the target. It runs people's SQL, hence only for whoever asks and holds the credentials; what is known to
 * reach outside of the database is left out. Where there can be no copy, it says why, and nothing is known.
 *
 * @param target a session of the database, which is only read.
 * @throws WindlassFailure as `Session` does, when `target` cannot be asked, a connection is lost or the server lacks
 *   room. What else it says against the copy is a note.
 */
export async function rehearse(
  target: Session,
  scripts: readonly Script[],
  original: Omit<Original, 'words' | 'role'>,
  role: string | undefined,
): Promise<Rehearsal> {
  if (scripts.length === 0) return { of: new Map(), notes: [] };
  const names = await mayHoldRows(target);
  // Where there are no rows, none can be lost, and nobody waits for long.
  if (names.length === 0) return { of: new Map(), notes: [] };
  const key = await keyOf(target, names, scripts, original, role);
  const before = remembered.get(key);
  if (before !== undefined) return named(scripts, before);
  const limit = AbortSignal.timeout(ALL_MS);
  const signal = AbortSignal.any([original.signal, limit]);
  const acting = await actingRole(target, role);
  try {
    const onIt = await onCopy({ ...original, signal, words: wordsIn(scripts), role: acting }, target, (copy) =>
      withSession(
        original.connection,
        {
          database: copy,
          application: original.application,
          signal,
          lockTimeoutMs: LOCK_MS,
          statementTimeoutMs: STATEMENT_MS,
        },
        (session) => carriedOut(session, { names, scripts, role, acting, signal }),
      ),
    );
    const rehearsed = onIt.map((one) => ({
      ...one,
      notes: one.notes.map((note) => asOriginal(note, original.database)),
    }));
    remember(key, rehearsed);
    return named(scripts, rehearsed);
  } catch (error) {
    original.signal.throwIfAborted();
    if (limit.aborted) return without(`it takes more than ${ALL_MS / 1_000} s`);
    if (error instanceof NoCopy || isSaid(error)) return without(asOriginal(error.message, original.database));
    throw error;
  }
}

function wordsIn(scripts: readonly Script[]): ReadonlySet<string> | null {
  const words = new Set<string>();
  for (const { parts } of scripts) {
    if (parts === null) return null;
    for (const part of parts) if (part.kind === 'statement') for (const word of wordsOf(part.sql)) words.add(word);
  }
  return words;
}

function without(why: string): Rehearsal {
  return {
    of: new Map(),
    notes: [`not rehearsed on a copy of the catalog, so read from the text of the files: ${why}`],
  };
}

function named(scripts: readonly Script[], rehearsed: readonly Rehearsed[]): Rehearsal {
  return {
    of: new Map(
      scripts.flatMap((script, index) => (rehearsed[index] === undefined ? [] : [[script, rehearsed[index]]])),
    ),
    notes: [],
  };
}

/** The last ones: a step plans before its gate, under its lock and when it applies, mostly over the same catalog. */
const remembered = new Map<string, readonly Rehearsed[]>();

function remember(key: string, rehearsed: readonly Rehearsed[]): void {
  remembered.set(key, rehearsed);
  for (const old of [...remembered.keys()].slice(0, -8)) remembered.delete(old);
}

const CATALOGS = [
  ...['pg_class', 'pg_attribute', 'pg_type', 'pg_proc', 'pg_constraint', 'pg_inherits', 'pg_trigger', 'pg_namespace'],
  ...['pg_depend', 'pg_extension', 'pg_enum', 'pg_policy', 'pg_rewrite', 'pg_index', 'pg_attrdef'],
];

/** Stays the same as long as nobody changes the catalog, the files, or which tables hold rows. */
async function keyOf(
  target: Session,
  names: readonly string[],
  scripts: readonly Script[],
  { database, connection }: Pick<Original, 'database' | 'connection'>,
  role: string | undefined,
): Promise<string> {
  const sums = CATALOGS.map(
    (catalog) =>
      `SELECT count(*) AS n, COALESCE(sum(hashtext(xmin::text || ctid::text)::bigint), 0) AS s FROM ${catalog}`,
  );
  const [row] = await target.query<{ state: string }>(
    `SELECT string_agg(n || ':' || s, ',') AS state FROM (${sums.join(' UNION ALL ')}) sums`,
  );
  const files = scripts.map(({ sha256, content }) => [content.path, sha256]);
  const text = JSON.stringify([connection.url, database, role ?? null, names, files, row?.state]);
  return createHash('sha256').update(text).digest('hex');
}

interface Work {
  readonly names: readonly string[];
  readonly scripts: readonly Script[];
  readonly role: string | undefined;
  /** The role that owns the copy's objects, where the user does not have its rights. */
  readonly acting: string | null;
  readonly signal: AbortSignal;
}

async function carriedOut(
  session: Session,
  { names, scripts, role, acting, signal }: Work,
): Promise<readonly Rehearsed[]> {
  await session.script(['SELECT 1', ...actingAs(acting)].join('; '));
  const subjects = await subjectsOf(session, names);
  const reaching = await prepare(session, subjects);
  // A role that a step before is about to make is not there yet.
  const [there] = await session.query('SELECT FROM pg_roles WHERE rolname = $1', [role ?? '']);
  const reader = new ReadyReader(reaching);
  const destroying = await destroyingRoutines(
    session,
    scripts.flatMap(({ made }) => made.routines),
  );
  const [row] = await session.query<{ state: Seen }>(`SELECT ${RECORDER}.look(true, false) AS state`);
  const rehearsing = new Rehearsing(session, subjects, {
    role: there === undefined ? undefined : role,
    destroying,
    state: row?.state ?? { notes: [], states: [] },
  });
  await session.script('RESET ROLE');
  const tasks: Task[] = [];
  for (const script of scripts) tasks.push({ script, statements: await reader.statementsOf(script) });
  return rehearsing.all(tasks, signal);
}
