/** What the server says of a table at one moment. Numbers of the server as texts. */
export interface State {
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
export interface Note {
  readonly id: number;
  readonly oid: string;
  readonly op: 'DELETE' | 'UPDATE' | 'TRUNCATE';
  readonly stack: string;
}

/** What `look` of the recorder answers: what was noted since the last time, and the tables that are locked, or all. */
export interface Seen {
  readonly notes: readonly Note[];
  readonly states: readonly State[];
}

/** What differs of a table, and what it was. */
export interface Difference {
  readonly oid: string;
  readonly before: State;
  readonly after: State;
}

/** Follows the tables of interest from statement to statement. */
export class Observer {
  #states = new Map<string, State>();

  /** @param all the state of all of them. */
  constructor(all: Seen) {
    this.forget(all);
  }

  /** Takes what there is for what was there: something was undone, or nobody looked. */
  forget({ states }: Seen): void {
    this.#states = new Map(states.map((state) => [state.oid, state]));
  }

  /**
   * A transaction begins.
   *
   * @param scans what the server has counted already: what it counts may be of earlier ones. Tables that it lacks have none.
   */
  begin(scans: Readonly<Record<string, string>>): void {
    for (const [oid, state] of this.#states)
      if (state.scans !== (scans[oid] ?? '0')) this.#states.set(oid, { ...state, scans: scans[oid] ?? '0' });
  }

  /** What became of them since the last time. */
  differences({ states }: Seen): readonly Difference[] {
    const changed: Difference[] = [];
    for (const after of states) {
      const before = this.#states.get(after.oid);
      this.#states.set(after.oid, after);
      if (before !== undefined) changed.push({ oid: after.oid, before, after });
    }
    return changed;
  }
}

/** Whether a lock is held that keeps others from writing. */
export function keepsOthersOut({ modes }: State): boolean {
  return modes.some((mode) =>
    ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'].includes(mode),
  );
}
