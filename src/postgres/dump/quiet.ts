import { WindlassFailure } from '../../domain/failure.ts';
import type { Session } from '../session.ts';

/**
 * By which event triggers stay silent: the first silences those that are not made to fire in every session, the second,
 * which came with PostgreSQL 17, all of them, those on login too.
 */
const QUIET = { session_replication_role: 'replica', event_triggers: 'off' };

/** Of settings that this server does not know, nothing. */
const SET_ONE = 'SELECT set_config(name, $2, false) FROM pg_settings WHERE name = $1';

/**
 * Keeps event triggers silent for the rest of a session: what a drill makes for a while is no work that somebody audits,
 * and what a restore does is none of the original's. The user needs the right to set what is set.
 *
 * @returns what could be set, each as `name=value`.
 * @throws WindlassFailure as `Session` does.
 */
export async function quieten(session: Session): Promise<readonly string[]> {
  const set: string[] = [];
  for (const [name, value] of Object.entries(QUIET)) {
    try {
      if ((await session.query(SET_ONE, [name, value])).length > 0) set.push(`${name}=${value}`);
    } catch (error) {
      if (!(error instanceof WindlassFailure) || error.type !== 'AccessDenied') throw error;
    }
  }
  return set;
}

/**
 * With what a session begins so that the event triggers of a database are silent from its login on, as PostgreSQL's own
 * programs and clients take it (`PGOPTIONS`).
 *
 * @param quiet what the user may set, as `quieten` returns it; who may not is refused the connection.
 */
export function quietOptions(quiet: readonly string[]): string {
  return quiet.map((setting) => `-c ${setting}`).join(' ');
}

/**
 * What a program of PostgreSQL needs in `PGOPTIONS` to restore: a database whose sessions read only by default can be
 * written, and its event triggers are silent.
 */
export function restoreOptions(given: string | undefined, quiet: readonly string[]): string {
  return [given ?? '', '-c default_transaction_read_only=off', quietOptions(quiet)]
    .filter((text) => text !== '')
    .join(' ');
}
