import { sqlstateOf } from '../../errors.ts';
import type { Session } from '../../session.ts';
import type { Selection } from './selection.ts';

/** How long the rows that a condition picks may be looked for, in milliseconds. */
const PICK_MS = 5_000;
/** Beyond this many nobody need know the number. */
const COUNT_UP_TO = 1_000_000;

/** What a condition picks of the rows that are there now. `all` is whether it leaves none. */
export type Picked =
  | { readonly rows: number; readonly all: boolean }
  /** Nobody could count them. */
  | { readonly why: string };

/**
 * Counts the rows that a condition picks, and touches nothing: in a transaction that only reads, and only where the condition
 * comes to no code of people's own and to no function that may do more than look.
 *
 * @throws WindlassFailure as `Session` does, when the server cannot be asked.
 */
export async function countPicked(session: Session, { picked, left, uses }: Selection): Promise<Picked> {
  const code = await codeIn(session, uses);
  if (code !== null) return { why: code };
  try {
    return await session.transaction('READ ONLY', async () => {
      await session.script(`SET LOCAL statement_timeout = ${PICK_MS}`);
      const [row] = await session.query<{ rows: number }>(
        `SELECT count(*)::int AS rows FROM (${picked} LIMIT ${COUNT_UP_TO + 1}) AS counted`,
      );
      const rows = row?.rows ?? 0;
      const others = rows === 0 ? [] : await session.query(`${left} LIMIT 1`);
      return { rows, all: rows > 0 && others.length === 0 };
    });
  } catch (error) {
    const state = sqlstateOf(error) ?? '';
    if (state === '57014') return { why: `it takes more than ${PICK_MS / 1_000} s to look` };
    if (state === '42501') return { why: 'row security or missing rights hide them' };
    if (state.startsWith('42')) return { why: 'its condition is about what the files make' };
    if (state.startsWith('22')) return { why: 'its condition fails on what is there now' };
    throw error;
  }
}

/** Why a condition is not asked; null when it may be. */
async function codeIn(
  session: Session,
  { functions, operators, types, relations }: Selection['uses'],
): Promise<string | null> {
  const [row] = await session.query<Record<'functions' | 'operators' | 'types' | 'relations', boolean>>(CODE, [
    functions,
    operators,
    types,
    relations,
  ]);
  if (row?.functions === true || row?.operators === true || row?.types === true)
    return 'its condition calls what may do more than look';
  return row?.relations === true ? 'its condition looks at a view' : null;
}

/** What depends on the session, of which the one that runs the file is another. */
const OF_SESSION =
  "'current_setting', 'current_user', 'current_schema', 'current_schemas', 'current_query', 'pg_backend_pid'";

const CODE = `
  SELECT EXISTS (SELECT FROM unnest($1::text[]) AS said (name) WHERE name IN (${OF_SESSION})
            OR NOT EXISTS (SELECT FROM pg_proc WHERE proname = name)
            OR EXISTS (SELECT FROM pg_proc WHERE proname = name AND (provolatile = 'v' OR pronamespace <> 'pg_catalog'::regnamespace))) AS functions,
         EXISTS (SELECT FROM pg_operator o WHERE o.oprname = ANY ($2) AND o.oprnamespace <> 'pg_catalog'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e')) AS operators,
         EXISTS (SELECT FROM pg_type t WHERE t.typname = ANY ($3) AND t.typtype = 'd') AS types,
         EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relname = ANY ($4) AND c.relkind IN ('v', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') AS relations`;
