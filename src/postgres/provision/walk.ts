import type { EngineContext } from '../../domain/step-engine.ts';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import { valueAt, valueIfThere, type SecretReader } from '../../domain/secret-place.ts';
import { holdLock } from '../advisory-lock.ts';
import type { PostgresConnection } from '../connection.ts';
import { applicationName, withSession, type Session, type SessionOptions } from '../session.ts';
import { absentWork } from './absent.ts';
import { databaseWork } from './databases.ts';
import { assertAvailable, extensionWork } from './extensions.ts';
import { grantWork } from './grants.ts';
import type { Passwords } from './password.ts';
import { roleWork } from './roles.ts';
import { settingsWork } from './settings.ts';
import { Rights, readUser } from './user.ts';
import type { Work } from './work.ts';

/** How long a statement may wait for a lock of others, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;

/** The server, and the clusters that hold passwords for it. */
export interface Places {
  readonly connection: PostgresConnection;
  readonly secrets: SecretReader;
}

/**
 * What is done with one thing; the session, null while its database does not exist, is the one its SQL belongs to. The rights
 * are those of the user of the connection.
 */
export type Visit = (work: Work, session: Session | null, rights: Rights) => Promise<void>;

/**
 * Visits everything declared in the order in which it can be made: roles, memberships, databases, then what is in each
 * database. A database that an earlier visit made is looked into as it is by then.
 *
 * @throws WindlassFailure `ExpectationFailed` when the server lacks an extension; `ReferenceUnresolved` for a password
 *   that cannot be had; as `Session` does; what `visit` throws.
 */
export async function walk(
  { connection, secrets }: Places,
  spec: PostgresProvisionSpec,
  context: EngineContext,
  exclusively: boolean,
  visit: Visit,
): Promise<void> {
  const options = sessionOptions(context);
  await withSession(connection, options, async (session) => {
    if (exclusively) await holdLock(session, 'provisioning', context);
    await assertAvailable(session, spec.databases);
    const user = await readUser(session);
    const rights = new Rights(
      user,
      session,
      spec.roles.map(({ name }) => name),
    );
    const all = async (works: readonly Work[], at: Session | null): Promise<void> => {
      for (const work of works) await visit(work, at, rights);
    };
    const roles = await roleWork(session, user, spec.roles, passwordsOf(secrets, context, exclusively));
    await all([...roles, ...(await databaseWork(session, rights, spec.databases))], session);
    for (const { name, settings } of spec.roles)
      await all(await settingsWork(session, user, 'role', { name, owner: name, settings }), session);
    for (const { name, owner, settings } of spec.databases)
      await all(await settingsWork(session, user, 'database', { name, owner, settings }), session);
    const owners = await ownersOf(session, spec);
    for (const database of databasesOf(spec)) {
      const owner = owners.get(database);
      const within = async (inside: Session | null): Promise<void> => {
        const declared = spec.databases.find(({ name }) => name === database);
        if (declared !== undefined) await all(await extensionWork(inside, session, user, declared), inside);
        const grants = spec.grants.filter((grant) => grant.database === database);
        await all(await grantWork(inside, user, database, declared?.owner ?? owner ?? '', grants), inside);
      };
      await (owner === undefined ? within(null) : withSession(connection, { ...options, database }, within));
    }
    await all(await absentWork(session, rights, spec.absentDatabases), session);
  });
}

/** How a step of this kind connects. */
export function sessionOptions(context: EngineContext): SessionOptions {
  return { application: applicationName(context), signal: context.signal, lockTimeoutMs: LOCK_TIMEOUT_MS };
}

/** A plan may find that a Secret is not there yet; whoever sets the password may not. */
function passwordsOf(secrets: SecretReader, context: EngineContext, needed: boolean): Passwords {
  return (place) => (needed ? valueAt : valueIfThere)(place, secrets, context);
}

function databasesOf(spec: PostgresProvisionSpec): readonly string[] {
  return [...new Set([...spec.databases.map(({ name }) => name), ...spec.grants.map(({ database }) => database)])];
}

/** Owners of the databases that exist. */
async function ownersOf(session: Session, spec: PostgresProvisionSpec): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ name: string; owner: string }>(
    'SELECT datname AS name, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = ANY ($1)',
    [databasesOf(spec)],
  );
  return new Map(rows.map(({ name, owner }) => [name, owner]));
}
