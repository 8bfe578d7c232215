import type { Session } from '../../session.ts';
import { SERIALS, type Unless } from './hazards.ts';

/**
 * Whether the catalog as it is now shows that a hazard does not come true for a table.
 *
 * @param types those that the files make, domains left out. Any other that is not there yet may have constraints.
 * @throws WindlassFailure as `Session` does.
 */
export async function isHarmless(
  session: Session,
  table: string,
  unless: Unless | undefined,
  types: readonly string[],
): Promise<boolean> {
  if (unless === undefined) return false;
  if ('proven' in unless) return isProven(session, table, unless.proven);
  if ('stored' in unless) return isStoredAlike(session, table, unless.stored, unless.as);
  return isStable(session, unless.stable, unless.type, types);
}

/** Whether a validated CHECK already proves that a column holds no NULL, so that SET NOT NULL need not look. */
async function isProven(session: Session, table: string, column: string): Promise<boolean> {
  const rows = await session.query(
    `SELECT FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c' AND convalidated
        AND pg_get_constraintdef(oid) = format('CHECK ((%I IS NOT NULL))', $2::text)
      UNION ALL
     SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND attnotnull`,
    [table, column],
  );
  return rows.length > 0;
}

interface Stored extends Record<string, unknown> {
  readonly was: string;
  readonly modifier: number;
  readonly is: string | null;
}

/** Whether values of a column stand on disk as they would as another type. Rules: PostgreSQL's ATColumnChangeRequiresRewrite. */
async function isStoredAlike(session: Session, table: string, column: string, type: string): Promise<boolean> {
  const [, name = type, limit] = /^(.*?)(?:\((.*)\))?$/.exec(type) ?? [];
  const [row] = await session.query<Stored>(
    `SELECT t.typname AS was, a.atttypmod AS modifier, (SELECT typname FROM pg_type WHERE oid = to_regtype($3)) AS is
       FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = $1::regclass AND a.attname = $2 AND NOT a.attisdropped`,
    [table, column, name],
  );
  if (row === undefined) return false;
  return alike(row, limit === undefined ? [] : limit.split(',').map(Number));
}

const TEXTS = ['text', 'varchar'];
const TIMES = ['timestamp', 'timestamptz', 'time', 'timetz'];

function alike({ was, modifier, is }: Stored, [limit, scale = 0]: readonly number[]): boolean {
  if (TEXTS.includes(was) && TEXTS.includes(is ?? ''))
    return limit === undefined || (modifier > 0 && modifier - 4 <= limit);
  if (was !== is) return false;
  if (limit === undefined) return was !== 'bpchar' && was !== 'bit';
  if (was === 'varbit') return modifier > 0 && modifier <= limit;
  if (TIMES.includes(was)) return limit >= (modifier < 0 ? 6 : modifier);
  if (was !== 'numeric' || modifier < 0) return false;
  const [precision, digits] = [((modifier - 4) >> 16) & 0xffff, (modifier - 4) & 0x7ff];
  return digits === scale && precision <= limit;
}

async function isStable(
  session: Session,
  functions: readonly string[],
  type: string | null,
  types: readonly string[],
): Promise<boolean> {
  const [row] = await session.query<{ known: number; volatile: boolean; domain: boolean; there: boolean }>(
    `WITH RECURSIVE typed AS (
       SELECT oid, typbasetype, typnotnull FROM pg_type WHERE oid = to_regtype($2) AND typtype = 'd'
        UNION ALL SELECT t.oid, t.typbasetype, t.typnotnull FROM typed JOIN pg_type t ON t.oid = typed.typbasetype AND t.typtype = 'd')
     SELECT to_regtype($2) IS NOT NULL AS there, (SELECT count(DISTINCT proname)::int FROM pg_proc WHERE proname = ANY ($1)) AS known,
            (SELECT COALESCE(bool_or(provolatile = 'v'), false) FROM pg_proc WHERE proname = ANY ($1)) AS volatile,
            EXISTS (SELECT FROM typed WHERE typnotnull OR EXISTS (SELECT FROM pg_constraint WHERE contypid = typed.oid)) AS domain`,
    [functions, type?.replace(/\(.*?\)/, '') ?? null],
  );
  const bare = /"((?:[^"]|"")+)"(?:\(.*\))?(?:\[\])*$/.exec(type ?? '')?.[1] ?? '';
  // A type that cannot be written here, such as an interval with fields, is no domain.
  const known = row?.there === true || type === null || SERIALS.includes(bare) || types.includes(bare);
  return known && row?.domain === false && !row.volatile && row.known === new Set(functions).size;
}
