import { createHash } from 'node:crypto';
import type { Session } from '../session.ts';

/** Things that people made: not the server's, not those of extensions, not ours, not partitions, which come and go. */
const OURS = (namespace: string): string =>
  `${namespace} NOT IN ('information_schema', 'windlass') AND ${namespace} !~ '^pg_'`;
const NOT_OF_EXTENSION = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

const LINES = `
  SELECT format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                                           WHEN 'f' THEN 'foreign table' ELSE 'table' END, n.nspname, c.relname)
         || CASE WHEN c.relkind IN ('v', 'm') THEN ' = ' || md5(pg_get_viewdef(c.oid)) ELSE '' END
         || CASE WHEN c.relrowsecurity THEN ' with row security' ELSE '' END AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT c.relispartition
     AND ${OURS('n.nspname')} AND ${NOT_OF_EXTENSION('pg_class', 'c.oid')}
   UNION ALL
  SELECT format('column %I.%I.%I: %s%s%s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
                COALESCE(' default ' || pg_get_expr(d.adbin, d.adrelid), ''))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
     AND ${OURS('n.nspname')} AND ${NOT_OF_EXTENSION('pg_class', 'c.oid')}
   UNION ALL
  SELECT format('index %s%s', pg_get_indexdef(i.indexrelid), CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
     AND ${OURS('n.nspname')} AND ${NOT_OF_EXTENSION('pg_class', 'c.oid')}
   UNION ALL
  SELECT format('constraint %I on %I.%I: %s', k.conname, n.nspname, c.relname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT c.relispartition AND k.contype <> 'n'
     AND ${OURS('n.nspname')} AND ${NOT_OF_EXTENSION('pg_class', 'c.oid')}
   UNION ALL
  SELECT format('trigger %s', pg_get_triggerdef(t.oid)) || CASE t.tgenabled WHEN 'D' THEN ' (disabled)' ELSE '' END
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT t.tgisinternal AND NOT c.relispartition AND ${OURS('n.nspname')}
   UNION ALL
  SELECT format('function %I.%I(%s) = %s', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid),
                md5(CASE p.prokind WHEN 'a' THEN concat(p.prosrc, p.prosecdef, p.provolatile)
                                   ELSE pg_get_functiondef(p.oid) END))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE ${OURS('n.nspname')} AND ${NOT_OF_EXTENSION('pg_proc', 'p.oid')}
   UNION ALL
  SELECT format('type %I.%I: %s', n.nspname, t.typname, (
           SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e
            WHERE e.enumtypid = t.oid))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typtype = 'e' AND ${OURS('n.nspname')} AND ${NOT_OF_EXTENSION('pg_type', 't.oid')}
   UNION ALL
  SELECT format('domain %I.%I: %s%s%s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod),
                CASE WHEN t.typnotnull THEN ' not null' ELSE '' END, (
           SELECT string_agg(' ' || pg_get_constraintdef(k.oid), '' ORDER BY k.conname) FROM pg_constraint k
            WHERE k.contypid = t.oid AND k.contype = 'c'))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typtype = 'd' AND ${OURS('n.nspname')} AND ${NOT_OF_EXTENSION('pg_type', 't.oid')}
   UNION ALL
  SELECT format('policy %I on %I.%I: %s %s for %s%s%s', policyname, schemaname, tablename, lower(permissive), cmd,
                array_to_string(roles, ', '), ' using ' || qual, ' with check ' || with_check)
    FROM pg_policies WHERE ${OURS('schemaname')}
   UNION ALL
  SELECT format('extension %I %s', extname, extversion) FROM pg_extension`;

/** A catalog in lines that people can read, and their digest. */
export interface Catalog {
  readonly sha256: string;
  readonly lines: readonly string[];
}

/**
 * The catalog of the session's database as it is now: the same things give the same lines, whatever made them.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function readCatalog(session: Session): Promise<Catalog> {
  // Names are qualified in definitions only where the search path does not lead to them.
  const lines = await session.transaction('READ ONLY', async () => {
    await session.script(`SET LOCAL search_path = ''`);
    return session.query<{ line: string }>(LINES);
  });
  return catalogOf(lines.map(({ line }) => line));
}

function catalogOf(lines: readonly string[]): Catalog {
  const sorted = [...lines].sort();
  return { sha256: createHash('sha256').update(sorted.join('\n')).digest('hex'), lines: sorted };
}

/** Keeps the catalog as what is to be compared with later. @throws WindlassFailure as `Session` does. */
export async function keepCatalog(session: Session): Promise<void> {
  const { sha256, lines } = await readCatalog(session);
  await session.query(
    `INSERT INTO windlass.catalog (sha256, lines) VALUES ($1, $2)
     ON CONFLICT (id) DO UPDATE SET sha256 = EXCLUDED.sha256, lines = EXCLUDED.lines, taken_at = clock_timestamp()`,
    [sha256, JSON.stringify(lines)],
  );
}

/**
 * The catalog that the last migration left; null when none was kept.
 *
 * @throws WindlassFailure as `Session` does: `SqlFailed` where `makeLedger` never ran.
 */
export async function keptCatalog(session: Session): Promise<Catalog | null> {
  const [row] = await session.query<{ sha256: string; lines: string[] }>('SELECT sha256, lines FROM windlass.catalog');
  return row ?? null;
}

/** What differs, as `- what is gone` and `+ what is new`, things together. */
export function catalogDifference(before: Catalog, after: Catalog): readonly string[] {
  if (before.sha256 === after.sha256) return [];
  const [was, is] = [new Set(before.lines), new Set(after.lines)];
  const gone = before.lines.filter((line) => !is.has(line)).map((line) => ({ line, mark: '-' }));
  const come = after.lines.filter((line) => !was.has(line)).map((line) => ({ line, mark: '+' }));
  return [...gone, ...come]
    .sort((a, b) => (a.line === b.line ? 0 : a.line < b.line ? -1 : 1))
    .map(({ line, mark }) => `${mark} ${line}`);
}
