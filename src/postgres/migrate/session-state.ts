import type { Session } from '../session.ts';

/**
 * What SQL has set on a session and only the session knows, one thing a line. Advisory locks are none of it: the server does
 * not tell those of the session from those of the transaction that asks. Neither are time limits and what holds for a transaction alone, which are ours as well. The server lists no custom settings, and an empty one is as good as none.
 */
const STATE = `
  SELECT line FROM (
    SELECT format('setting %s = %s', name, setting) AS line FROM pg_catalog.pg_settings
     WHERE source = 'session' AND name !~ '^(lock_timeout|statement_timeout|client_connection_check_interval|transaction_(isolation|read_only|deferrable))$'
     UNION ALL
    SELECT format('setting %s = %s', name, $2 || pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(value, 'UTF8')), 'hex'))
      FROM (SELECT name, pg_catalog.current_setting(name, true) AS value FROM pg_catalog.unnest($1::text[]) name) custom
     WHERE value <> '' AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings known WHERE pg_catalog.lower(known.name) = custom.name)
     UNION ALL
    SELECT 'role ' || pg_catalog.current_setting('role')
     UNION ALL
    SELECT 'user ' || session_user
     UNION ALL
    SELECT 'prepared statement ' || name FROM pg_catalog.pg_prepared_statements WHERE from_sql
     UNION ALL
    SELECT 'cursor ' || name FROM pg_catalog.pg_cursors WHERE is_holdable
     UNION ALL
    SELECT 'temporary ' || CASE relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || relname
      FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema() AND relkind IN ('r', 'p', 'v', 'S')
     UNION ALL
    SELECT 'temporary function ' || proname
      FROM pg_catalog.pg_proc WHERE pronamespace = pg_catalog.pg_my_temp_schema()
  ) AS state ORDER BY line COLLATE "C"`;

/** In front of the digest of a custom setting, whose value may be a secret. */
const DIGEST = 'SHA-256 ';

/**
 * What SQL of others left on the session: settings, role, temporary tables and the like.
 *
 * @param words names that may be those of custom settings, as `customSettings` finds them.
 * @returns what the session holds by now, one thing a line.
 * @throws WindlassFailure as `Session` does.
 */
export async function stateOf(session: Session, words: ReadonlySet<string>): Promise<readonly string[]> {
  return (await session.query<{ line: string }>(STATE, [[...words], DIGEST])).map(({ line }) => line);
}

/** A line of the state as people may read it. */
export function shownLine(line: string): string {
  const digest = line.lastIndexOf(` = ${DIGEST}`);
  return digest < 0 ? line : line.slice(0, digest);
}

/**
 * Names in SQL that may be those of custom settings (`app.tenant`), in the code of DO and in strings as well. The server knows
 * which of them are; to it the case of their letters is all the same.
 */
export function customSettings(sql: string): readonly string[] {
  if (!/\bset\b|set_config/i.test(sql)) return [];
  const names = sql.replaceAll('"', '').match(/[a-z_][\w$]*(?:\.[a-z_][\w$]*)+/gi) ?? [];
  return names.map((name) => name.toLowerCase());
}

/**
 * In a transaction, in front of what we write ourselves: the file's role and settings come back with its end, because all of
 * it is LOCAL.
 */
export const FOR_US =
  'SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; SET LOCAL search_path = pg_catalog; ' +
  'SET LOCAL statement_timeout = 0';

/**
 * At the end of a transaction, in front of `FOR_US`: triggers and checks that are put off run while the file's role and
 * `search_path` still hold, as under psql, and not under ours at COMMIT.
 */
export const CHECK_NOW = 'SET CONSTRAINTS ALL IMMEDIATE';
