import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresProvisionSpec, SecretKey } from '../../domain/kinds/postgres-provision.ts';
import { holdLock } from '../advisory-lock.ts';
import type { PostgresConnection } from '../connection.ts';
import { applicationName, withSession, type Session, type SessionOptions } from '../session.ts';
import { absentWork } from './absent.ts';
import { databaseWork } from './databases.ts';
import { assertAvailable, extensionWork } from './extensions.ts';
import { grantWork } from './grants.ts';
import { labelOf, type Passwords } from './password.ts';
import { roleWork } from './roles.ts';
import { settingsWork } from './settings.ts';
import type { Work } from './work.ts';

/** How long a statement may wait for a lock of others, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;

/** Reads a key of a Kubernetes Secret; null when the Secret or the key is not there. */
export type SecretReader = (key: SecretKey, signal: AbortSignal) => Promise<string | null>;

/** The server, and the clusters that hold passwords for it. */
export interface Places {
  readonly connection: PostgresConnection;
  readonly secrets: SecretReader;
}

/** What is done with one thing; the session, null while its database does not exist, is the one its SQL belongs to. */
export type Visit = (work: Work, session: Session | null) => Promise<void>;

/**
 * Visits everything declared in the order in which it can be made: roles, memberships, databases, then what is in each
 * database. A database that an earlier visit made is looked into as it is by then.
 */
export async function walk(
  { connection, secrets }: Places,
  spec: PostgresProvisionSpec,
  context: EngineContext,
  exclusively: boolean,
  visit: Visit,
): Promise<void> {
  const options: SessionOptions = {
    application: applicationName(context),
    signal: context.signal,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  };
  await withSession(connection, options, async (session) => {
    if (exclusively) await holdLock(session, 'provisioning', context);
    await assertAvailable(session, spec.databases);
    const roles = await roleWork(session, spec.roles, passwordsOf(secrets, context, exclusively));
    for (const work of [...roles, ...(await databaseWork(session, spec.databases))]) await visit(work, session);
    for (const [on, things] of [['role', spec.roles] as const, ['database', spec.databases] as const]) {
      for (const { name, settings } of things)
        for (const work of await settingsWork(session, on, name, settings)) await visit(work, session);
    }
    const owners = await ownersOf(session, spec);
    for (const database of databasesOf(spec)) {
      const owner = owners.get(database);
      const within = (inside: Session | null): Promise<void> => walkWithin(spec, database, owner, inside, visit);
      await (owner === undefined ? within(null) : withSession(connection, { ...options, database }, within));
    }
    for (const work of await absentWork(session, spec.absentDatabases)) await visit(work, session);
  });
}

/** A plan may find that a Secret is not there yet; whoever sets the password may not. */
function passwordsOf(secrets: SecretReader, context: EngineContext, needed: boolean): Passwords {
  return async (place) => {
    if (!('kubernetesSecret' in place)) return context.resolve(place);
    const value = await secrets(place.kubernetesSecret, context.signal);
    if (value !== null || !needed) return value;
    throw new WindlassFailure('ReferenceUnresolved', 'The Secret or its key does not exist.', {
      object: labelOf(place),
      next: 'Let a kubernetes.secret step before this one make it, then retry.',
    });
  };
}

/** @param owner undefined while the database does not exist. */
async function walkWithin(
  spec: PostgresProvisionSpec,
  database: string,
  owner: string | undefined,
  session: Session | null,
  visit: Visit,
): Promise<void> {
  const declared = spec.databases.find(({ name }) => name === database);
  const grants = spec.grants.filter((grant) => grant.database === database);
  const extensions = declared === undefined ? [] : await extensionWork(session, declared);
  for (const work of extensions) await visit(work, session);
  for (const work of await grantWork(session, database, declared?.owner ?? owner ?? '', grants)) {
    await visit(work, session);
  }
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
