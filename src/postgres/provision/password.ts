import { WindlassFailure } from '../../domain/failure.ts';
import { placeLabel, type SecretPlace } from '../../domain/secret-place.ts';
import { isVerifierOf, scramVerifier } from '../scram.ts';
import type { Session } from '../session.ts';

/** Gives the password at a place; null when the Secret or its key is not there yet, which only a plan may be told. */
export type Passwords = (place: SecretPlace) => Promise<string | null>;

/** Whether a role has the password it should have, and the verifier to set when it has not. */
export interface PasswordState {
  /** Whether the stored one is of this password already. */
  readonly isSet: boolean;
  /** Whether there is a password to compare with; false for a Secret that an earlier step is about to make. */
  readonly isKnown: boolean;
  /** Null when there is nothing to set, or nothing is known. */
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
  place: SecretPlace,
  passwords: Passwords,
): Promise<PasswordState> {
  const password = await passwords(place);
  if (password === null) {
    const reason = `password: that of ${placeLabel(place)}, which does not exist yet`;
    return { isSet: false, isKnown: false, verifier: null, reason, compared: true };
  }
  if (password === '') {
    throw new WindlassFailure('ReferenceUnresolved', `The password of role ${role} is empty.`, {
      object: `role ${role}`,
      next: `Put the password into the ${placeLabel(place)}.`,
    });
  }
  const stored = await storedSecret(session, role);
  if (typeof stored === 'string' && (await isVerifierOf(stored, password)))
    return { isSet: true, isKnown: true, verifier: null, reason: 'equal', compared: true };
  const verifier = await scramVerifier(password);
  return { isSet: false, isKnown: true, verifier, reason: reasonToSet(stored), compared: stored !== undefined };
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
