import { WindlassFailure } from '../../domain/failure.ts';
import type { Reference } from '../../domain/reference.ts';
import { referenceLabel } from '../../domain/reference.ts';
import { isVerifierOf, scramVerifier } from '../scram.ts';
import type { Session } from '../session.ts';

/** Whether a role has the password it should have, and the verifier to set when it has not. */
export interface PasswordState {
  /** Null when the stored one is of this password already. */
  readonly verifier: string | null;
  /** Why it is to be set, in words. */
  readonly reason: string;
  /** False when this user may not read what is stored, so that nobody can tell whether setting it changes anything. */
  readonly compared: boolean;
}

/**
 * Compares a password with what the server stores for the role, under the stored salt. The password itself stays in
 * this process.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, also for an empty password, which no role can log in with.
 */
export async function passwordState(
  session: Session,
  role: string,
  reference: Reference,
  resolve: (reference: Reference) => Promise<string>,
): Promise<PasswordState> {
  const password = await resolve(reference);
  if (password === '') {
    throw new WindlassFailure('ReferenceUnresolved', `The password of role ${role} is empty.`, {
      object: `role ${role}`,
      next: `Put the password into the ${referenceLabel(reference)}.`,
    });
  }
  const stored = await storedSecret(session, role);
  if (typeof stored === 'string' && (await isVerifierOf(stored, password)))
    return { verifier: null, reason: 'equal', compared: true };
  return { verifier: await scramVerifier(password), reason: reasonToSet(stored), compared: stored !== undefined };
}

function reasonToSet(stored: string | null | undefined): string {
  if (stored === undefined) return 'password: set again, since this user may not read the stored one to compare';
  return stored === null ? 'password: none -> set' : 'password: another -> set';
}

/** What the server stores; null when there is none, undefined when this user may not see it. */
async function storedSecret(session: Session, role: string): Promise<string | null | undefined> {
  const [may] = await session.query<{ read: boolean }>(
    `SELECT has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT') AS read`,
  );
  if (may?.read !== true) return undefined;
  const [row] = await session.query<{ rolpassword: string | null }>(
    'SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = $1',
    [role],
  );
  return row?.rolpassword ?? null;
}
