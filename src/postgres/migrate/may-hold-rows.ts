import type { Session } from '../session.ts';

/**
 * Tables with something in them, and what they are partitions of. Asks no table that somebody holds for himself.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function mayHoldRows(target: Session): Promise<readonly string[]> {
  const rows = await target.query<{ name: string }>(`
    WITH RECURSIVE held AS (
      SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ), full_ AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
         AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'windlass')
         AND CASE WHEN c.oid IN (SELECT relation FROM held) THEN true ELSE pg_relation_size(c.oid) > 0 END
       UNION
      SELECT i.inhparent FROM full_ JOIN pg_inherits i ON i.inhrelid = full_.oid
    )
    SELECT format('%I.%I', n.nspname, c.relname) AS name
      FROM full_ JOIN pg_class c ON c.oid = full_.oid JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1`);
  return rows.map(({ name }) => name);
}
