import { escapeIdentifier } from 'pg';
import type { Session } from '../session.ts';

/**
 * The role that the session has to take on to have its rights: where its user is a member that inherits none of them. Any
 * other user has them, and perhaps more, such as to see past row security; a role that is not there yet has none.
 *
 * @returns null for no such role.
 * @throws WindlassFailure as `Session` does.
 */
export async function actingRole(session: Session, role: string | undefined): Promise<string | null> {
  if (role === undefined) return null;
  const [row] = await session.query(
    `SELECT FROM pg_roles WHERE rolname = $1 AND pg_has_role(oid, 'MEMBER') AND NOT pg_has_role(oid, 'USAGE')`,
    [role],
  );
  return row === undefined ? null : role;
}

/** The statement that takes it on; none for null. */
export function actingAs(role: string | null): readonly string[] {
  return role === null ? [] : [`SET ROLE ${escapeIdentifier(role)}`];
}
