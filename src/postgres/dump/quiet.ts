import { WindlassFailure } from '../../domain/failure.ts';
import type { Session } from '../session.ts';

/** By which event triggers stay silent, unless they are made to fire in every session. */
const QUIET = 'session_replication_role=replica';

/**
 * Keeps event triggers silent for the rest of a session: what a drill makes for a while is no work that somebody audits,
 * and what a restore does is none of the original's. The user needs the right to set `session_replication_role`.
 *
 * @returns whether the user may.
 * @throws WindlassFailure as `Session` does.
 */
export async function quieten(session: Session): Promise<boolean> {
  try {
    await session.script(`SET ${QUIET}`);
    return true;
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'AccessDenied') return false;
    throw error;
  }
}

/**
 * What a program of PostgreSQL needs in `PGOPTIONS` to restore: a database whose sessions read only by default can be
 * written, and its event triggers are silent.
 *
 * @param quiet whether the user may keep them so; who may not is refused the connection.
 */
export function restoreOptions(given: string | undefined, quiet: boolean): string {
  const options = ['default_transaction_read_only=off', ...(quiet ? [QUIET] : [])];
  return [given ?? '', ...options.map((option) => `-c ${option}`)].filter((text) => text !== '').join(' ');
}
