import type { Change } from '../../domain/change.ts';
import { databaseThing, type DatabaseThing } from '../../domain/evidence/postgres.ts';

/** One thing: what would change, and the SQL that does it; none where nothing is to be done. */
export interface Work {
  readonly thing: DatabaseThing;
  readonly change: Change;
  /** Statements without clear text of passwords; they may hold verifiers. What is shown of them is in the change. */
  readonly sql: readonly string[];
  /** Done every time, because nobody can see whether it is needed: no proof that something is missing. */
  readonly blind?: boolean;
  /** The database that nobody may be connected to for it. */
  readonly unused?: string;
}

/**
 * Work on one thing.
 *
 * @param shown the statements as people may read them.
 */
export function work(
  action: 'create' | 'update' | 'delete' | 'unchanged',
  thing: DatabaseThing,
  sql: readonly string[],
  detail: readonly string[] = [],
  shown: readonly string[] = sql,
): Work {
  const lines = [...detail, ...shown.map((statement) => `SQL: ${statement}`)];
  const what = databaseThing(thing);
  const change = { action, what, destructive: action === 'delete', ...(lines.length === 0 ? {} : { detail: lines }) };
  return { thing, change, sql };
}
