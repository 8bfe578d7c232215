/**
 * What a session must be set to, so that a row has the same text wherever it is read, everything is named in full, every
 * row is seen or an error says so, and no time limit of the server ends a long look.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  search_path: '',
  row_security: 'off',
  quote_all_identifiers: 'off',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'iso_8601',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  xmlbinary: 'base64',
  lc_monetary: 'C',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  transaction_timeout: '0',
};

/** For one transaction; parameters are the names and the values. What a server does not know is left out. */
export const SET_ALL = `
  SELECT count(set_config(s.name, wanted.value, true))
    FROM unnest($1::text[], $2::text[]) AS wanted (name, value) JOIN pg_settings s ON lower(s.name) = lower(wanted.name)`;
export const SET_ALL_VALUES = [Object.keys(SETTINGS), Object.values(SETTINGS)];

/** Schemas of users, and of drills none but the one in $1. */
const OURS = `
  ours AS (
    SELECT n.oid, n.nspname FROM pg_namespace n
     WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
       AND (n.nspname !~ '^windlass_drill_' OR n.nspname = $1))`;

/** What belongs to an extension comes with it and is not dumped. */
const notOfExtension = (catalog: string, oid: string): string => `
  NOT EXISTS (SELECT FROM pg_depend d
               WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/**
 * Tables and sequences. `hashed` is the topmost table above a partition that shares its rows out by hash: a restore may
 * share them out otherwise (an enum has other OIDs there). Columns are in the order of their names: inherited ones may change places in a restore.
 */
export const RELATIONS = `
  WITH RECURSIVE ${OURS}, above AS (
    SELECT i.inhrelid AS leaf, i.inhparent AS root, 1 AS height
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
    UNION ALL
    SELECT a.leaf, i.inhparent, a.height + 1 FROM above a JOIN pg_inherits i ON i.inhrelid = a.root
      JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition)
  SELECT c.oid::text AS oid, format('%I.%I', n.nspname, c.relname) COLLATE "C" AS name, c.relkind::text AS kind,
         coalesce(a.columns, '{}') AS columns, coalesce(a.described, '') AS described, s.seqincrement::text AS increment,
         (SELECT format('%I.%I', rn.nspname, r.relname) FROM above
            JOIN pg_partitioned_table p ON p.partrelid = above.root AND p.partstrat = 'h'
            JOIN pg_class r ON r.oid = above.root JOIN pg_namespace rn ON rn.oid = r.relnamespace
           WHERE above.leaf = c.oid ORDER BY above.height DESC LIMIT 1) AS hashed
    FROM pg_class c JOIN ours n ON n.oid = c.relnamespace
    LEFT JOIN pg_sequence s ON s.seqrelid = c.oid
    LEFT JOIN LATERAL (
      SELECT array_agg(format('%I', attname) ORDER BY attname) AS columns,
             string_agg(format('%I %s%s', attname, format_type(atttypid, atttypmod),
                               CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END), ', ' ORDER BY attname) AS described
        FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a ON true
   WHERE c.relkind IN ('r', 'p', 'f', 'S') AND c.relpersistence <> 't' AND ${notOfExtension('pg_class', 'c.oid')}
   ORDER BY name`;

/** A partitioned table's index is dumped although it is not valid (getIndexes in pg_dump). */
const DUMPED_INDEX = `
  coalesce(i.indisvalid OR (SELECT relkind = 'p' FROM pg_class WHERE oid = i.indrelid), true)`;

/** What a dump leaves out on purpose, or a restore may rightly have otherwise; each thing as `kind name: why`. */
export const NOT_COMPARED = `
  WITH ${OURS}
  SELECT format('index %I.%I: it is invalid, and pg_dump leaves it out', n.nspname, c.relname) AS words
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN ours n ON n.oid = c.relnamespace
   WHERE NOT (${DUMPED_INDEX}) AND c.relpersistence <> 't' AND ${notOfExtension('pg_class', 'i.indrelid')}
  UNION ALL
  SELECT format('rows in the partitions of %I.%I: hashes may share them out otherwise, so they are compared as rows of the whole',
                n.nspname, c.relname)
    FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid JOIN ours n ON n.oid = c.relnamespace
   WHERE p.partstrat = 'h' AND ${notOfExtension('pg_class', 'c.oid')}
   ORDER BY words`;

/** Event triggers: in databases that were looked at in form 2. */
export const EVENT_TRIGGERS = `
  SELECT format('event trigger %I', evtname) COLLATE "C" AS object
    FROM pg_event_trigger e WHERE ${notOfExtension('pg_event_trigger', 'e.oid')} ORDER BY object`;

/**
 * Everything else that has a name, without what a server makes of other things (clones of a partitioned table's triggers
 * and constraints), and without indexes that pg_dump leaves out. By name alone: how a server writes a definition may change
 * when it reads it again.
 */
export const OBJECTS = `
  WITH ${OURS}, named AS (
    SELECT 'schema' AS kind, format('%I', n.nspname) AS name FROM ours n
     WHERE n.nspname <> 'public' AND ${notOfExtension('pg_namespace', 'n.oid')}
    UNION ALL SELECT 'extension', format('%I', e.extname) FROM pg_extension e
    UNION ALL SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'index' END,
                     format('%I.%I', n.nspname, c.relname)
                FROM pg_class c JOIN ours n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
               WHERE c.relkind IN ('v', 'm', 'i', 'I') AND c.relpersistence <> 't' AND ${DUMPED_INDEX}
                 AND ${notOfExtension('pg_class', 'coalesce(i.indrelid, c.oid)')}
    UNION ALL SELECT 'constraint', format('%I on %s', o.conname, o.conrelid::regclass)
                FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN ours n ON n.oid = c.relnamespace
               WHERE o.contype IN ('c', 'f', 'p', 'u', 'x') AND o.conparentid = 0 AND c.relpersistence <> 't'
                 AND ${notOfExtension('pg_class', 'c.oid')}
    UNION ALL SELECT 'trigger', format('%I on %s', t.tgname, t.tgrelid::regclass)
                FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN ours n ON n.oid = c.relnamespace
               WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND c.relpersistence <> 't'
                 AND ${notOfExtension('pg_trigger', 't.oid')}
    UNION ALL SELECT 'policy', format('%I on %s', p.polname, p.polrelid::regclass)
                FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN ours n ON n.oid = c.relnamespace
    UNION ALL SELECT 'function', p.oid::regprocedure::text
                FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace WHERE ${notOfExtension('pg_proc', 'p.oid')}
    UNION ALL SELECT 'type', format('%I.%I', n.nspname, t.typname)
                FROM pg_type t JOIN ours n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
               WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND ${notOfExtension('pg_type', 't.oid')})
  SELECT format('%s %s', kind, name) COLLATE "C" AS object FROM named ORDER BY object`;

/**
 * Large objects, which have numbers in place of names: their count, and a checksum of numbers and contents. Each is closed
 * before the next is opened: a server looks for a free descriptor among all that are open. Its number is part of every
 * step, since a planner remembers what a step gave for the same descriptor, volatile or not (Memoize in PostgreSQL 15).
 */
export const LARGE_OBJECTS = `
  SELECT count(*)::text AS rows, coalesce(sum(${hashOf(`o.oid::text || ':' || encode(p.piece, 'hex')`, 'UTF8')}), 0)::text AS checksum
    FROM pg_largeobject_metadata o
   CROSS JOIN LATERAL (SELECT lo_open(o.oid, 262144) AS fd OFFSET 0) opened
   CROSS JOIN LATERAL (SELECT lo_lseek64(opened.fd, 0, 2) AS size WHERE o.oid <> 0 OFFSET 0) measured
   CROSS JOIN LATERAL (SELECT measured.size AS size, lo_close(opened.fd) AS closed WHERE o.oid <> 0 OFFSET 0) closed
   CROSS JOIN LATERAL (
      SELECT lo_get(o.oid, at, 1048576) AS piece FROM generate_series(0::bigint, closed.size, 1048576) AS at
       WHERE closed.closed = 0) p`;

/** The encoding in which the text of a row is summed. */
export type Encoding = 'UTF8' | 'own';

/**
 * The rows of one table and the sum of 64 bits of the SHA-256 of each row's text: the same in any order, read once, in
 * constant memory, and the same on servers of every version.
 *
 * @param encoding `own` for that of the database, which every value has; not every one of them has an equivalent in UTF-8.
 */
export function tableQuery(name: string, columns: readonly string[], encoding: Encoding): string {
  const row = `ROW(${columns.map((column) => `t.${column}`).join(', ')})::text`;
  return `SELECT count(*)::text AS rows, coalesce(sum(${hashOf(row, encoding)}), 0)::text AS checksum FROM ONLY ${name} AS t`;
}

function hashOf(text: string, encoding: Encoding): string {
  const to = encoding === 'own' ? 'getdatabaseencoding()' : "'UTF8'";
  return `('x' || encode(substr(sha256(convert_to(${text}, ${to})), 1, 8), 'hex'))::bit(64)::bigint`;
}

/** The value that a sequence gives next. */
export function sequenceQuery(name: string, increment: string): string {
  return `SELECT (last_value + CASE WHEN is_called THEN ${increment}::numeric ELSE 0 END)::text AS next FROM ${name}`;
}
