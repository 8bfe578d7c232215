import type { Node } from 'libpg-query';
import type { Session } from '../session.ts';
import { as, nameOf } from '../sql/tree.ts';

/** Words of code that may end a transaction: commands of PL/pgSQL, and methods such as `plpy.commit()`. */
const ENDS = /commit|rollback|\b(?:call|do)\b/i;

/**
 * Whether CALL or DO may begin and end transactions of its own. The code of DO is in the statement, that of a procedure in
 * the catalog; a word in a comment counts as well, which costs no more than the journal of its beginning.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function mayCommit(session: Session, statement: Node): Promise<boolean> {
  const block = as(statement, 'DoStmt');
  if (block !== null) {
    const code = (block.args ?? []).flatMap((arg) => as(as(arg, 'DefElem')?.arg, 'String')?.sval ?? []).join(' ');
    return ENDS.test(code);
  }
  const name = nameOf(as(statement, 'CallStmt')?.funccall?.funcname).at(-1);
  if (name === undefined) return false;
  const rows = await session.query(
    `SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
      WHERE p.prokind = 'p' AND p.proname = $1
        AND (p.prosrc ~* 'commit|rollback|\\m(call|do)\\M' OR l.lanname NOT IN ('plpgsql', 'sql'))`,
    [name],
  );
  return rows.length > 0;
}

/**
 * How many transactions this session has begun, the one that asks included. The server numbers them one by one, those that
 * only read and those of procedures as well.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function transactionsOf(session: Session): Promise<number> {
  const [row] = await session.query<{ n: number }>(
    `SELECT split_part(virtualtransaction, '/', 2)::bigint::float8 AS n FROM pg_catalog.pg_locks
      WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'virtualxid'`,
  );
  return row?.n ?? Number.NaN;
}
