import { escapeIdentifier } from 'pg';
import type { Change } from '../../domain/change.ts';
import { databaseThing, type DatabaseThing } from '../../domain/evidence/postgres.ts';

/**
 * What a statement takes: an attribute of the user, or its standing to a role. `rights`: what the role owns counts as its own;
 * `member`: it may act as the role; `admin`: it may grant and alter the role.
 */
export type Need =
  | { readonly attribute: 'CREATEDB' | 'CREATEROLE' | 'REPLICATION' | 'BYPASSRLS' | 'SUPERUSER'; readonly for: string }
  | {
      readonly role: string;
      readonly standing: 'rights' | 'member' | 'admin';
      /** False where no transaction can hold the statement, so that nothing can be lent for it. */
      readonly lendable?: false;
    };

export interface Statement {
  /** Without clear text of passwords; it may hold verifiers. */
  readonly text: string;
  /** Whose right it needs. */
  readonly needs: readonly Need[];
  /** The role that it runs as; absent: the user of the connection. */
  readonly as?: string;
  /** What takes it back where it is done and a later statement of the same work fails. */
  readonly undo?: Statement;
}

/** One thing: what would change, and the SQL that does it; none where nothing is to be done. */
export interface Work {
  readonly thing: DatabaseThing;
  readonly change: Change;
  readonly statements: readonly Statement[];
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
  statements: readonly Statement[],
  detail: readonly string[] = [],
  shown: readonly string[] = statements.map(shownStatement),
): Work {
  const lines = [...detail, ...shown.map((text) => `SQL: ${text}`)];
  const what = databaseThing(thing);
  const change: Change = {
    action,
    what,
    destructive: action === 'delete',
    ...(lines.length === 0 ? {} : { detail: lines }),
    ...(action === 'create' && thing.type === 'database'
      ? { makes: [{ is: 'database', database: thing.database }] }
      : {}),
  };
  return { thing, change, statements };
}

export function statement(text: string, needs: readonly Need[], as?: string): Statement {
  return as === undefined ? { text, needs } : { text, needs, as };
}

function shownStatement({ text, as }: Statement): string {
  return as === undefined ? text : `SET LOCAL ROLE ${escapeIdentifier(as)}; ${text}`;
}
