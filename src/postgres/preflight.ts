import { WindlassFailure } from '../domain/failure.ts';
import type { PostgresMigrateSpec } from '../domain/kinds/postgres-migrate.ts';
import type { PostgresProvisionSpec } from '../domain/kinds/postgres-provision.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import type { PostgresConnection } from './connection.ts';
import { preflight } from './dump/preflight.ts';
import { dumpSettings } from './dump/settings.ts';
import { assertRights } from './provision/assert-rights.ts';
import type { Places } from './provision/walk.ts';
import { applicationName, withSession } from './session.ts';

/** Whom a server takes us for, and what it is. */
export interface Server {
  readonly user: string;
  /** `15.18`. */
  readonly version: string;
}

const WHO = `SELECT current_user::text AS "user", current_setting('server_version') AS version`;
const EXISTS = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS there`;
const MAY_MAKE = `SELECT has_database_privilege(current_database(), 'CREATE')
    OR coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may`;

type Asking = Pick<EngineContext, 'signal' | 'owner'>;

/** @throws WindlassFailure as `withSession`. */
export async function whoIs(connection: PostgresConnection, asking: Asking): Promise<Server> {
  const [row] = await withSession(connection, options(asking), (session) =>
    session.query<{ user: string; version: string }>(WHO),
  );
  return row ?? { user: '', version: '' };
}

/**
 * What the user of a connection lacks for a step that makes databases and roles, in words; touches nothing.
 *
 * @throws WindlassFailure but for `AccessDenied`.
 */
export async function lacksToProvision(
  places: Places,
  spec: PostgresProvisionSpec,
  context: EngineContext,
): Promise<readonly string[]> {
  return lacksIn(() => assertRights(places, spec, context));
}

/**
 * What the user lacks to carry migrations out: CREATE in a database that is there. One that is not there yet is made by others.
 *
 * @throws WindlassFailure as `withSession`, but for `AccessDenied`.
 */
export async function lacksToMigrate(
  connection: PostgresConnection,
  { database }: PostgresMigrateSpec,
  asking: Asking,
): Promise<readonly string[]> {
  return lacksIn(async () => {
    if (!(await isThere(connection, database, asking))) return;
    const [row] = await withSession(connection, { ...options(asking), database }, (session) =>
      session.query<{ may: boolean }>(MAY_MAKE),
    );
    if (row?.may !== true) throw lack(`CREATE on database ${database}, or on its schema`);
  });
}

/**
 * What the user and this machine lack to dump a database and restore it apart: rights, and pg_dump of its version.
 *
 * @throws WindlassFailure as `withSession`, but for `AccessDenied` and `ToolMissing`.
 */
export async function lacksToDump(
  connection: PostgresConnection,
  database: string,
  env: NodeJS.ProcessEnv,
  asking: Asking,
): Promise<readonly string[]> {
  return lacksIn(async () => {
    if (!(await isThere(connection, database, asking))) return;
    await withSession(connection, { ...options(asking), database }, (session) =>
      preflight(session, database, dumpSettings(env)),
    );
  });
}

async function isThere(connection: PostgresConnection, database: string, asking: Asking): Promise<boolean> {
  const [row] = await withSession(connection, options(asking), (session) =>
    session.query<{ there: boolean }>(EXISTS, [database]),
  );
  return row?.there === true;
}

async function lacksIn(look: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await look();
    return [];
  } catch (error) {
    if (!(error instanceof WindlassFailure)) throw error;
    if (error.type === 'ToolMissing') return [error.message];
    if (error.type !== 'AccessDenied') throw error;
    const { lacking, lacks } = error.options.facts ?? {};
    const told = Array.isArray(lacking) ? lacking : Array.isArray(lacks) ? lacks : [];
    return told.length === 0 ? [error.message] : told.map(String);
  }
}

function lack(what: string): WindlassFailure {
  return new WindlassFailure('AccessDenied', `It lacks ${what}.`, { next: 'Grant it.', facts: { lacking: [what] } });
}

function options(asking: Asking) {
  return { application: applicationName(asking), signal: asking.signal };
}
