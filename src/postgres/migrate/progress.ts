import type { EngineContext } from '../../domain/step-engine.ts';
import type { PostgresConnection } from '../connection.ts';
import { applicationName, withSession, type Session } from '../session.ts';
import type { Told } from './run-script.ts';
import { firstWords } from '../sql/first-words.ts';

/** Between two words about statements, in milliseconds: a data file has millions. */
const TELL_MS = 250;
/** A server that has rested for so long from what it was asked never heard it, or its answer is lost: milliseconds. */
const LOST_MS = 5_000;
/** After how long a statement is asked after on the server, and how often then, in milliseconds. */
const LOOK_MS = 2_000;

/** Tells which file, which statement, and what PostgreSQL itself says about one that takes long. */
export class Progress {
  readonly #connection: PostgresConnection;
  readonly #database: string;
  readonly #context: EngineContext;
  readonly #working: Session;
  #file: Readonly<Record<string, string | number>> = {};
  #statement: Readonly<Record<string, string | number>> = {};
  #told = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  readonly #stopped = new AbortController();

  /** @param working the session that runs the files. */
  constructor(connection: PostgresConnection, database: string, context: EngineContext, working: Session) {
    this.#connection = connection;
    this.#database = database;
    this.#context = context;
    this.#working = working;
  }

  /** @param n of how many files this is which. */
  file(name: string, n: number, of: number, statements: number): void {
    this.#file = { file: name, n, of, statements };
    this.#statement = {};
    this.#context.progress(this.#file);
    this.#told = performance.now();
    this.#lookLater();
  }

  readonly statement: Told = (done, { sql, at }) => {
    this.#statement = { statement: done + 1, line: at.line, verb: firstWords(sql, '') };
    const now = performance.now();
    if (now - this.#told >= TELL_MS) {
      this.#told = now;
      this.#context.progress({ ...this.#file, ...this.#statement });
    }
    this.#lookLater();
  };

  /** To be called when the work is over, however it went. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopped.abort();
    await this.#looking;
  }

  #lookLater(): void {
    if (this.#stopped.signal.aborted) return;
    if (this.#timer !== undefined) this.#timer.refresh();
    else
      this.#timer = setTimeout(() => {
        this.#looking ??= this.#look();
      }, LOOK_MS);
  }

  /**
   * A connection that is cut without a word waits for ever: the server says on this one that it has nothing to do. Its end
   * of the other is closed first, so that no transaction or lock is left behind.
   */
  async #cutIfLost(session: Session): Promise<void> {
    const waiting = this.#working.waitingMs();
    if (waiting === null || waiting < LOST_MS) return;
    const [row] = await session.query<{ resting: boolean }>(
      `SELECT state LIKE 'idle%' AND state_change < clock_timestamp() - $2 * interval '1 ms' AS resting
         FROM pg_stat_activity WHERE pid = $1`,
      [this.#working.backend, LOST_MS],
    );
    if (row?.resting === false) return;
    // Asked again: an answer may have come meanwhile.
    const still = this.#working.waitingMs();
    if (still === null || still < waiting) return;
    if (row !== undefined) await session.query('SELECT pg_terminate_backend($1)', [this.#working.backend]);
    this.#working.cut();
  }

  /** A session of its own for as long as this statement runs; that it cannot look hinders nobody. */
  async #look(): Promise<void> {
    const signal = AbortSignal.any([this.#stopped.signal, this.#context.signal]);
    const options = { database: this.#database, application: `${applicationName(this.#context)} (progress)`, signal };
    try {
      await withSession(this.#connection, options, async (session) => {
        await this.#cutIfLost(session);
        const [has] = await session.query<{ copy: boolean }>(
          `SELECT to_regclass('pg_catalog.pg_stat_progress_copy') IS NOT NULL AS copy`,
        );
        const query = `${ACTIVITY} UNION ALL ${PROGRESS.join(' UNION ALL ')}${has?.copy === true ? ` UNION ALL ${COPY}` : ''}`;
        const rows = await session.query<{ said: string }>(query, [this.#working.backend]);
        const server = rows.map(({ said }) => said).join('; ');
        if (server !== '') this.#context.progress({ ...this.#file, ...this.#statement, server });
      });
    } catch {
      // Progress is a courtesy: what goes wrong with the server, the statement itself will say.
    } finally {
      this.#looking = undefined;
      this.#timer = undefined;
      this.#lookLater();
    }
  }
}

const ACTIVITY = `
  SELECT CASE WHEN a.wait_event_type = 'Lock'
              THEN 'waits for a lock of ' || COALESCE((
                     SELECT string_agg(format('pid %s (%s, %s)', b.pid, b.usename, b.application_name), ', ')
                       FROM pg_stat_activity b WHERE b.pid = ANY (pg_blocking_pids(a.pid))), 'somebody who left')
              ELSE format('runs for %s s', round(extract(epoch FROM clock_timestamp() - a.query_start))) END AS said
    FROM pg_stat_activity a WHERE a.pid = $1 AND a.state = 'active'`;

const PROGRESS = [
  `SELECT format('%s: %s, %s of %s blocks', lower(command), phase, blocks_done, blocks_total)
     FROM pg_stat_progress_create_index WHERE pid = $1`,
  `SELECT format('vacuum: %s, %s of %s blocks', phase, heap_blks_scanned, heap_blks_total)
     FROM pg_stat_progress_vacuum WHERE pid = $1`,
  `SELECT format('%s: %s, %s of %s blocks', lower(command), phase, heap_blks_scanned, heap_blks_total)
     FROM pg_stat_progress_cluster WHERE pid = $1`,
];
const COPY = `SELECT format('copy: %s rows, %s bytes', tuples_processed, bytes_processed)
     FROM pg_stat_progress_copy WHERE pid = $1`;
