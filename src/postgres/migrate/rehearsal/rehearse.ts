import { createHash } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { WindlassFailure } from '../../../domain/failure.ts';
import { sqlstateOf } from '../../errors.ts';
import { parseStatement } from '../../sql/grammar.ts';
import type { Position } from '../../sql/position.ts';
import { withSession, type Session } from '../../session.ts';
import { piecesOf, type Part, type Script } from '../examine.ts';
import { affectedBy } from '../lint/affected.ts';
import { callsOf, dependsOnRows, destroyingCode, destroyingRoutines, withRoutines } from '../lint/code.ts';
import { holdersOf } from '../lint/holders.ts';
import { outsideOnly } from '../lint/outside.ts';
import type { Lost } from '../lint/lost.ts';
import { asOriginal, NoCopy, onCopy, wordsOf, type Original } from './copy.ts';
import { felt, firstWords, gone, noted, type Done } from './judge.ts';
import { Observer, type Note } from './observe.ts';
import type { Measured, Rehearsal, Rehearsed } from './result.ts';
import { mayHoldRows, NOTE, prepare, reachingRoutines, subjectsOf, type Subject } from './subjects.ts';
import { traitsOf, type Traits } from './traits.ts';

/** What one statement may take, and all of them, in milliseconds: on a copy without rows nothing takes long. */
const STATEMENT_MS = 5_000;
const ALL_MS = 60_000;
const LOCK_MS = 2_000;

type Statement = Extract<Part, { kind: 'statement' }>;

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
  original: Omit<Original, 'words'>,
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
  try {
    const onIt = await onCopy({ ...original, signal, words: wordsIn(scripts) }, target, (copy) =>
      withSession(
        original.connection,
        {
          database: copy,
          application: original.application,
          signal,
          lockTimeoutMs: LOCK_MS,
          statementTimeoutMs: STATEMENT_MS,
        },
        (session) => carriedOut(session, { names, scripts, role, signal }),
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
  readonly signal: AbortSignal;
}

async function carriedOut(session: Session, { names, scripts, role, signal }: Work): Promise<readonly Rehearsed[]> {
  const subjects = await subjectsOf(session, names);
  await prepare(session, subjects);
  // A role that a step before is about to make is not there yet.
  const [there] = await session.query('SELECT FROM pg_roles WHERE rolname = $1', [role ?? '']);
  const rehearsing = new Rehearsing(
    session,
    subjects,
    there === undefined ? undefined : role,
    await reachingRoutines(session),
    await destroyingRoutines(
      session,
      scripts.flatMap(({ made }) => made.routines),
    ),
  );
  const rehearsed: Rehearsed[] = [];
  for (const script of scripts) {
    signal.throwIfAborted();
    rehearsed.push(await rehearsing.script(script));
  }
  return rehearsed;
}

class Rehearsing {
  readonly #session: Session;
  readonly #subjects: ReadonlyMap<string, Subject>;
  readonly #role: string | undefined;
  readonly #observer: Observer;
  readonly #destroying: ReadonlyMap<string, string>;
  #reaching: string[];
  #whole = true;

  constructor(
    session: Session,
    subjects: ReadonlyMap<string, Subject>,
    role: string | undefined,
    reaching: readonly string[],
    destroying: ReadonlyMap<string, string>,
  ) {
    this.#destroying = destroying;
    this.#session = session;
    this.#subjects = subjects;
    this.#role = role;
    this.#reaching = [...reaching];
    this.#observer = new Observer(session, subjects);
  }

  async script(script: Script): Promise<Rehearsed> {
    const statements = await this.#statementsOf(script);
    const simple =
      script.losses.length === 0 &&
      destroyingCode(script, this.#destroying).length === 0 &&
      script.hazards.every(({ effect }) => effect !== undefined);
    if (simple && !script.directives.noTransaction && (await this.#atOnce(statements)))
      return { whole: this.#whole, ...nothing() };
    return this.#oneByOne(script, statements);
  }

  /** Quick, and enough for files that touch no table with rows. False when it was not, and nothing came of it. */
  async #atOnce(statements: readonly Ready[]): Promise<boolean> {
    if (statements.some(({ traits }) => traits.outside !== null)) return false;
    const texts = statements.filter(({ traits }) => traits.kind !== 'idle').map(({ sql }) => sql);
    try {
      // On lines of their own: a statement may end with a comment.
      await this.#session.script(['BEGIN', ...this.#taken('LOCAL '), ...texts].join('\n;\n'));
      if (!(await this.#observer.isTouched())) {
        await this.#session.script('COMMIT');
        await this.#session.reset();
        return true;
      }
    } catch (error) {
      if (!isSaid(error)) throw error;
    }
    await this.#session.script('ROLLBACK');
    await this.#session.reset();
    return false;
  }

  async #oneByOne(script: Script, statements: readonly Ready[]): Promise<Rehearsed> {
    const whole = !script.directives.noTransaction;
    const found = nothing();
    await this.#session.script(
      (whole ? ['BEGIN', ...this.#taken('LOCAL ')] : ['SELECT 1', ...this.#taken('')]).join('; '),
    );
    await this.#observer.begin();
    const destroying = destroyingCode(script, this.#destroying);
    for (const statement of statements) {
      await this.#foretold(script, statement, found);
      const { traits } = statement;
      if (traits.kind === 'idle') continue;
      const place = statement.at.in(script.content.path);
      if (traits.outside !== null) {
        found.notes.push(`${place}: not carried out in the rehearsal: ${traits.outside}`);
        if (traits.matters) this.#whole = false;
        if (traits.code) found.unseen.push(statement.at);
        continue;
      }
      // As it will run: what cannot run in a transaction goes without, everything else in one.
      const alone = !whole && statement.node !== undefined && outsideOnly(statement.node) !== null;
      if (!whole && !alone) await this.#session.script('BEGIN').then(() => this.#observer.begin());
      const failed = await this.#one(statement, !alone);
      const code = destroying.some((at) => at.equals(statement.at));
      if (failed === null) await this.#look(statement, script, { within: !alone, code }, found);
      else {
        if (traits.kind === 'structure')
          found.notes.push(`${place}: fails on a copy of the catalog: ${failed.message}`);
        if (traits.kind === 'structure' || (traits.kind === 'data' && !ROWS_REFUSE.test(sqlstateOf(failed) ?? '')))
          this.#whole = false;
        if (code || /^call\s/i.test(statement.sql)) found.unseen.push(statement.at);
      }
      if (!whole && !alone) await this.#commit();
    }
    if (whole) await this.#commit();
    await this.#session.reset();
    return { whole: this.#whole, ...found };
  }

  /** What a COMMIT refuses are rows, of which there are none that count. */
  async #commit(): Promise<void> {
    try {
      await this.#session.script('COMMIT');
    } catch (error) {
      if (!isSaid(error)) throw error;
    }
  }

  #taken(scope: 'LOCAL ' | ''): readonly string[] {
    return this.#role === undefined ? [] : [`SET ${scope}ROLE ${escapeIdentifier(this.#role)}`];
  }

  /** What the server said against it; null when it went well. */
  async #one({ sql }: Ready, within: boolean): Promise<WindlassFailure | null> {
    try {
      await this.#session.script(within ? `SAVEPOINT ${NOTE};\n${sql}` : sql);
      return null;
    } catch (error) {
      if (!isSaid(error)) throw error;
      if (within) await this.#session.script(`ROLLBACK TO SAVEPOINT ${NOTE}`);
      return error;
    }
  }

  /** Which tables the text of a statement is about, by the names that they have just now. */
  async #foretold({ losses, hazards }: Script, { at }: Ready, found: Found): Promise<void> {
    const of = losses.filter((one) => one.at.equals(at) && ['rows', 'values'].includes(one.takes.what));
    found.lost.push(...(await this.#affectedBy(of)));
    const unseen = hazards.filter((one) => one.at.equals(at) && one.effect === undefined && one.on === 'relation');
    if (unseen.length === 0) return;
    const felt = unseen.map((hazard) => ({ hazard, names: [hazard.of], anywhere: false }));
    const holders = await holdersOf(this.#session, felt);
    for (const [index, hazard] of unseen.entries())
      found.named.set(
        hazard,
        (holders[index] ?? []).flatMap(({ oid }) => this.#subjects.get(oid)?.name ?? []),
      );
  }

  /** What is lost by the names of the copy, as it is called on the target. */
  async #affectedBy(losses: readonly Script['losses'][number][]): Promise<readonly Lost[]> {
    if (losses.length === 0) return [];
    const wanted = losses.map((loss) => ({
      loss,
      names: [loss.of],
      columns: 'column' in loss.takes ? [loss.takes.column] : [],
      anywhere: false,
      roles: [],
    }));
    return (await affectedBy(this.#session, wanted)).flat().flatMap((lost): Lost[] => {
      const subject = this.#subjects.get(lost.oid);
      if (subject === undefined) return [];
      const named = { ...lost, table: subject.name };
      if (lost.takes.what !== 'values') return [named];
      const column = subject.columns.get(lost.attnum ?? 0);
      return column === undefined ? [] : [{ ...named, takes: { ...lost.takes, column } }];
    });
  }

  /** @param how.code whether it runs code that may take rows away. */
  async #look(
    statement: Ready,
    { losses }: Script,
    { within, code }: { readonly within: boolean; readonly code: boolean },
    found: Found,
  ): Promise<void> {
    const { at, sql, traits } = statement;
    const { changed, notes } = await this.#observer.differences(!within);
    const done: Done = { at, sql, verb: losses.find((one) => one.at.equals(at))?.verb ?? firstWords(sql) };
    found.lost.push(...gone(done, changed, this.#subjects));
    if (notes.length > 0) {
      const lost = await noted(done, notes, await parseStatement(sql), { changed, subjects: this.#subjects });
      found.lost.push(...lost, ...(await this.#cascades(lost, notes)));
    }
    const reads = changed.some(({ after }) => after.modes.includes('AccessShareLock'));
    if (code && (reads || dependsOnRows(withRoutines(sql, this.#destroying)))) found.unseen.push(at);
    if (traits.kind === 'structure') found.felt.push(...felt(done, changed, notes, this.#subjects));
    if (/\bdisable\s+trigger\b/i.test(sql)) await this.#session.script(NOTE_AGAIN);
  }

  /** The rows that go with others by foreign keys. */
  async #cascades(lost: readonly Lost[], notes: readonly Note[]): Promise<readonly Lost[]> {
    const deleted = notes.filter(({ op }) => op === 'DELETE').map(({ oid }) => oid);
    const rows = lost.filter(({ oid, takes }) => takes.what === 'rows' && deleted.includes(oid));
    if (rows.length === 0) return [];
    const names = await this.#session.query<{ oid: string; of: string[] }>(
      `SELECT c.oid::text AS oid, ARRAY[n.nspname, c.relname]::text[] AS of
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid::text = ANY ($1)`,
      [rows.map(({ oid }) => oid)],
    );
    const takes = { what: 'rows', by: 'delete', cascades: true } as const;
    return this.#affectedBy(
      names.flatMap(({ oid, of }) =>
        rows.filter((one) => one.oid === oid).map(({ at, verb }) => ({ at, verb, on: 'relation', of, takes }) as const),
      ),
    );
  }

  /** Rows of COPY, and of long INSERTs, are no part of a rehearsal. */
  async #statementsOf(script: Script): Promise<readonly Ready[]> {
    const ready: Ready[] = [];
    for await (const piece of script.parts ?? piecesOf(script)) {
      if (piece.kind !== 'statement' || piece.copies) continue;
      const traits = (piece as Statement).traits ?? (await this.#read(piece));
      if (traits === null) continue;
      const calls = callsOf(this.#reaching);
      const made = /^create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+(?:[\w$]+\.|"[^"]+"\.)?"?([\w$]+)/i.exec(
        piece.sql,
      )?.[1];
      const reaching =
        traits.outside === null &&
        calls?.test(piece.sql) === true &&
        !/^(?:drop|alter|grant|revoke|comment)\s/i.test(piece.sql);
      if (made !== undefined && (reaching || traits.outside !== null)) this.#reaching.push(made);
      ready.push({
        ...piece,
        traits: reaching
          ? {
              ...traits,
              outside: 'it calls code that may reach outside',
              matters: true,
              code: !/^create\s/i.test(piece.sql),
            }
          : traits,
      });
    }
    return ready;
  }

  /** Those of a data file, which are too many to be kept; what adds rows is left out. */
  async #read({ sql }: { readonly sql: string }): Promise<Traits | null> {
    if (/^insert\s/i.test(sql)) return null;
    const node = await parseStatement(sql);
    return node === null ? null : traitsOf(node, sql);
  }
}

type Ready = Pick<Statement, 'at' | 'sql' | 'node'> & { readonly traits: Traits };

/** What is seen of one file, as it comes. */
interface Found {
  readonly lost: Lost[];
  readonly felt: Measured[];
  readonly named: Map<Script['hazards'][number], readonly string[]>;
  readonly unseen: Position[];
  readonly notes: string[];
}

function nothing(): Found {
  return { lost: [], felt: [], named: new Map(), unseen: [], notes: [] };
}

/** Data and constraints: rows that are not there may be what a statement needs. Whatever else it fails of is not known. */
const ROWS_REFUSE = /^2[23]/;

/** Files that disable all triggers disable ours. */
const NOTE_AGAIN = `DO $again$ DECLARE command text; BEGIN
  FOR command IN SELECT format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ${NOTE}', tgrelid::regclass) FROM pg_trigger
                  WHERE tgname = '${NOTE}' AND tgenabled <> 'A' LOOP EXECUTE command; END LOOP; END $again$`;

/** Whether the server answered, rather than that it could not be reached. */
function isSaid(error: unknown): error is WindlassFailure {
  return error instanceof WindlassFailure && !/^(?:08|53|57P)/.test(sqlstateOf(error) ?? '08');
}
