import { WindlassFailure } from '../../domain/failure.ts';
import { sqlstateOf } from '../errors.ts';
import type { Session } from '../session.ts';

/** A setting that a user may not give to a database. */
export interface RefusedSetting {
  readonly name: string;
  /** What the server said. */
  readonly why: string;
}

/** Lists are kept as they were quoted: those of variable_is_guc_list_quote in dumputils.c of PostgreSQL. */
const COMMANDS = `
  SELECT split_part(c, '=', 1) AS name,
         format('ALTER %s SET %I TO %s',
                CASE s.setrole WHEN 0 THEN format('DATABASE %I', $2::text)
                               ELSE format('ROLE %I IN DATABASE %I', session_user, $2::text) END,
                split_part(c, '=', 1),
                CASE WHEN lower(split_part(c, '=', 1)) IN ('local_preload_libraries', 'search_path',
                            'session_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces')
                      AND substr(c, strpos(c, '=') + 1) <> ''
                     THEN substr(c, strpos(c, '=') + 1) ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END) AS command
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = $1, unnest(s.setconfig) c
   WHERE s.setrole = 0 OR s.setrole = (SELECT oid FROM pg_roles WHERE rolname = session_user)`;

/**
 * Gives a database the settings of another one, and those of the session's user in it: they decide what names and values
 * mean, as they do where `pg_restore --create` makes the database.
 *
 * @returns those that the user may not give it.
 * @throws WindlassFailure as `Session` does when the server cannot be asked.
 */
export async function copySettings(session: Session, from: string, to: string): Promise<readonly RefusedSetting[]> {
  const refused: RefusedSetting[] = [];
  for (const { name, command } of await session.query<{ name: string; command: string }>(COMMANDS, [from, to])) {
    try {
      await session.script(command);
    } catch (error) {
      if (!(error instanceof WindlassFailure) || sqlstateOf(error) === null) throw error;
      refused.push({ name, why: error.message });
    }
  }
  return refused;
}
