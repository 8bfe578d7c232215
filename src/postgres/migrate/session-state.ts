import type { Session } from '../session.ts';

/**
 * What SQL has set on a session and only the session knows, one thing a line. Advisory locks are none of it: the server does
 * not tell those of the session from those of the transaction that asks. Neither are time limits and what holds for a transaction alone, which are ours as well.
 */
const STATE = `
  SELECT line FROM (
    SELECT format('setting %s = %s', name, setting) AS line FROM pg_catalog.pg_settings
     WHERE source = 'session' AND name !~ '^(lock_timeout|statement_timeout|client_connection_check_interval|transaction_(isolation|read_only|deferrable))$'
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

/**
 * What SQL of others left on the session: settings, role, temporary tables and the like.
 *
 * @returns what the session holds by now, one thing a line.
 * @throws WindlassFailure as `Session` does.
 */
export async function stateOf(session: Session): Promise<readonly string[]> {
  return (await session.query<{ line: string }>(STATE)).map(({ line }) => line);
}

/**
 * In a transaction, in front of what we write ourselves: the file's role and settings come back with its end, because all of
 * it is LOCAL.
 */
export const FOR_US =
  'SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; SET LOCAL search_path = pg_catalog; ' +
  'SET LOCAL statement_timeout = 0';
