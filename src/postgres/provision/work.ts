import type { Change } from '../../domain/change.ts';

/** One thing: what would change, and the SQL that does it; none where nothing is to be done. */
export interface Work {
  readonly change: Change;
  /** Statements without clear text of passwords; they may hold verifiers and are not shown. */
  readonly sql: readonly string[];
  /** Done every time, because nobody can see whether it is needed: no proof that something is missing. */
  readonly blind?: boolean;
}

/** Work on one thing. Provisioning adds and alters, it never destroys. */
export function work(
  action: 'create' | 'update' | 'unchanged',
  what: string,
  sql: readonly string[],
  detail: readonly string[] = [],
): Work {
  return { change: { action, what, destructive: false, ...(detail.length === 0 ? {} : { detail }) }, sql };
}
