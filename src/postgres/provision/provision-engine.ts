import type { Change } from '../../domain/change.ts';
import type { EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { PostgresConnection } from '../connection.ts';
import { sqlstateOf } from '../errors.ts';
import { usersOf } from './absent.ts';
import { walk, type SecretReader } from './walk.ts';
import type { Work } from './work.ts';
import type { Session } from '../session.ts';

/**
 * `postgres.provision`: makes roles, databases, extensions and grants what is declared. Drops only databases named in
 * `absentDatabases`, and revokes only beyond exclusive grants.
 * Throws `ExpectationFailed` for what no statement can change, `InvalidRollout` for a thing declared twice,
 * `ReferenceUnresolved` for a password, `TargetBusy` when others change the same thing or use a database that must be
 * unused, and what any session throws.
 */
export function postgresProvisionEngine(
  connection: PostgresConnection,
  secrets: SecretReader = () => Promise.resolve(null),
): StepEngine<PostgresProvisionSpec> {
  const places = { connection, secrets };
  const look = async (spec: PostgresProvisionSpec, context: EngineContext): Promise<readonly Work[]> => {
    assertNames(spec);
    const found: Work[] = [];
    await walk(places, spec, context, false, (work) => Promise.resolve(void found.push(work)));
    return found;
  };

  return {
    async plan(spec, context) {
      return (await look(spec, context)).map(({ change }) => change);
    },

    async apply(spec, context) {
      assertNames(spec);
      const changes: Change[] = [];
      await walk(places, spec, context, true, async (work, session) => {
        await carryOut(work, session, context, changes.length + 1);
        changes.push(work.change);
      });
      return { changes, findings: [] };
    },

    async verify(spec, context) {
      return (await look(spec, context)).map(findingOf);
    },

    undo: () =>
      'Roles, databases and grants that were made stay until somebody drops them by hand. A database that was dropped ' +
      'comes back only from a backup of before.',
  };
}

const IN_USE = '55006';

/** Somebody else made or changed the same thing between our look and our statement: looking again settles it. */
function isMeanwhile(error: WindlassFailure): boolean {
  const sqlstate = sqlstateOf(error) ?? '';
  return ['23505', '42710', '42P04', '42P06'].includes(sqlstate) || error.message.includes('concurrently updated');
}

async function carryOut(work: Work, session: Session | null, context: EngineContext, n: number): Promise<void> {
  const { what } = work.change;
  if (work.sql.length === 0) return;
  if (session === null) throw missing(what);
  context.progress({ n, what });
  for (const sql of work.sql) {
    assertFence(context.fence, what);
    try {
      await session.script(sql);
    } catch (error) {
      if (!(error instanceof WindlassFailure)) throw error;
      if (isMeanwhile(error)) throw changedMeanwhile(what, error);
      throw sqlstateOf(error) === IN_USE && work.unused !== undefined
        ? await inUse(what, work.unused, session, error)
        : about(what, error);
    }
  }
}

function missing(what: string): WindlassFailure {
  return new WindlassFailure('SqlFailed', 'The database does not exist.', {
    object: what,
    next: 'Declare the database in this step, or make it in a step before.',
  });
}

function changedMeanwhile(what: string, cause: WindlassFailure): WindlassFailure {
  return new WindlassFailure('TargetBusy', `Another session changed it at the same time. ${cause.message}`, {
    object: what,
    next: 'The step looks again and tries again by itself.',
    ...(cause.options.facts === undefined ? {} : { facts: cause.options.facts }),
    cause,
  });
}

async function inUse(
  what: string,
  database: string,
  session: Session,
  cause: WindlassFailure,
): Promise<WindlassFailure> {
  const users = (await usersOf(session, database)) ?? 'sessions that have left since';
  return new WindlassFailure('TargetBusy', `Database ${database} is in use by ${users}.`, {
    object: what,
    next: 'Stop what is connected to it; the step tries again by itself.',
    ...(cause.options.facts === undefined ? {} : { facts: cause.options.facts }),
    cause,
  });
}

function about(what: string, { type, message, options }: WindlassFailure): WindlassFailure {
  return new WindlassFailure(type, message, { ...options, object: what });
}

function findingOf({ thing, change, blind = false }: Work): Finding {
  const same = change.action === 'unchanged';
  return {
    kind: 'provisioned',
    about: { thing },
    holds: same || blind,
    how: 'real',
    source: 'system catalogs of PostgreSQL',
    observed: { blind, ...(same ? {} : { action: change.action, detail: change.detail ?? [] }) },
    time: new Date().toISOString(),
  };
}

/** Names that PostgreSQL keeps for itself. */
const RESERVED = {
  role: /^(pg_.*|public|none|current_user|current_role|session_user|user)$/,
  database: /^template[01]$/,
  schema: /^(pg_.*|information_schema|windlass)$/,
};

function assertNames(spec: PostgresProvisionSpec): void {
  const used = {
    role: spec.roles.map(({ name }) => name),
    database: [...spec.databases.map(({ name }) => name), ...spec.absentDatabases],
    schema: spec.grants.flatMap(({ schema }) => schema ?? []),
  };
  for (const [kind, reserved] of Object.entries(RESERVED)) {
    const name = used[kind as keyof typeof RESERVED].find((one) => reserved.test(one));
    if (name === undefined) continue;
    throw new WindlassFailure('InvalidRollout', `The name ${name} is reserved: no ${kind} may be declared under it.`, {
      object: `${kind} ${name}`,
      next: 'Choose another name; nothing was touched.',
    });
  }
  const names = [...spec.roles.map(({ name }) => `role ${name}`), ...used.database.map((name) => `database ${name}`)];
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length === 0) return;
  throw new WindlassFailure('InvalidRollout', `Declared more than once: ${[...new Set(twice)].join(', ')}.`, {
    object: 'postgres.provision',
    next: 'Keep one declaration of each; nothing was touched.',
  });
}
