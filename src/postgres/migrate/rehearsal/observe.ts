import type { Session } from '../../session.ts';
import { TAKE_NOTES, type Subject } from './subjects.ts';

/** What the server says of a table at one moment. Numbers of the server as texts. */
export interface State extends Record<string, unknown> {
  readonly oid: string;
  /** The file that holds its rows; null when the table is gone. */
  readonly node: string | null;
  readonly populated: boolean | null;
  readonly columns: readonly number[];
  readonly parents: readonly string[];
  /** `oid:file` of each index. */
  readonly indexes: readonly string[];
  /** How often it was read from its beginning in this transaction. */
  readonly scans: string;
  /** Locks that this transaction holds on it. */
  readonly modes: readonly string[];
}

/** A change of rows that was asked for, with the code that asked, as PostgreSQL's PG_CONTEXT shows it. */
export interface Note extends Record<string, unknown> {
  readonly id: number;
  readonly oid: string;
  readonly op: 'DELETE' | 'UPDATE' | 'TRUNCATE';
  readonly stack: string;
}

/** What differs of a table, and what it was. */
export interface Difference {
  readonly oid: string;
  readonly before: State;
  readonly after: State;
}

const LOCKED = `
  SELECT relation::text AS oid, array_agg(mode) AS modes FROM pg_locks
   WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND relation::text = ANY ($1)
   GROUP BY relation`;

const STATES = `
  WITH locked AS MATERIALIZED (${LOCKED})
  SELECT o.oid, c.relfilenode::text AS node, c.relispopulated AS populated,
         ARRAY(SELECT attnum::int FROM pg_attribute WHERE attrelid = o.oid::oid AND attnum > 0 AND NOT attisdropped) AS columns,
         ARRAY(SELECT inhparent::text FROM pg_inherits WHERE inhrelid = o.oid::oid) AS parents,
         ARRAY(SELECT format('%s:%s', i.indexrelid, x.relfilenode) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                WHERE i.indrelid = o.oid::oid ORDER BY 1) AS indexes,
         COALESCE(pg_stat_get_xact_numscans(o.oid::oid), 0)::text AS scans, COALESCE(locked.modes, '{}') AS modes
    FROM unnest($1::text[]) AS o (oid) LEFT JOIN pg_class c ON c.oid = o.oid::oid LEFT JOIN locked ON locked.oid = o.oid
   WHERE $2 OR locked.oid IS NOT NULL`;

/** Weaker ones are had by whoever reads or writes rows. */
const WEAK = ['AccessShareLock', 'RowShareLock', 'RowExclusiveLock'];

/** Follows the tables of interest from statement to statement. */
export class Observer {
  readonly #session: Session;
  readonly #oids: readonly string[];
  #states = new Map<string, State>();

  constructor(session: Session, subjects: ReadonlyMap<string, Subject>) {
    this.#session = session;
    this.#oids = [...subjects.keys()];
  }

  /** Looks at all of them: to be called in every transaction, for what the server counts may be of earlier ones. */
  async begin(): Promise<void> {
    for (const state of await this.#ask(true)) this.#states.set(state.oid, state);
  }

  /** Whether this transaction has done anything to one of them besides reading and adding rows. */
  async isTouched(): Promise<boolean> {
    const [row] = await this.#session.query<{ touched: boolean }>(
      `SELECT EXISTS (SELECT FROM windlass_rehearsal.notes) OR EXISTS (
         SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND mode <> ALL ($2)
            AND relation::text = ANY ($1)) AS touched`,
      [this.#oids, WEAK],
    );
    return row?.touched !== false;
  }

  /** What became of them since the last time. @param all to be asked outside of a transaction, when no lock tells which. */
  async differences(
    all: boolean,
  ): Promise<{ readonly changed: readonly Difference[]; readonly notes: readonly Note[] }> {
    const notes = await this.#session.query<Note>(TAKE_NOTES);
    const changed: Difference[] = [];
    for (const after of await this.#ask(all)) {
      const before = this.#states.get(after.oid);
      this.#states.set(after.oid, after);
      if (before !== undefined) changed.push({ oid: after.oid, before, after });
    }
    return { changed, notes: [...notes].sort((a, b) => a.id - b.id) };
  }

  #ask(all: boolean): Promise<State[]> {
    return this.#session.query<State>(STATES, [this.#oids, all]);
  }
}

/** Whether a lock is held that keeps others from writing. */
export function keepsOthersOut({ modes }: State): boolean {
  return modes.some((mode) =>
    ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'].includes(mode),
  );
}
