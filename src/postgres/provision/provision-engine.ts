import type { Change } from '../../domain/change.ts';
import type { EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { SecretReader } from '../../domain/secret-place.ts';
import type { PostgresConnection } from '../connection.ts';
import { assertRights, explained } from './assert-rights.ts';
import { carryOut } from './carry-out.ts';
import { walk } from './walk.ts';
import type { Work } from './work.ts';

/**
 * `postgres.provision`: makes roles, databases, extensions and grants what is declared. Drops only databases named in
 * `absentDatabases`, and revokes only beyond exclusive grants.
 * Throws `AccessDenied` naming every right that the user of the connection lacks, before anything is touched,
 * `ExpectationFailed` for what no statement can change, `InvalidRollout` for a thing declared twice,
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
    await walk(places, spec, context, false, async (work, _session, rights) => {
      found.push(await explained(work, rights));
    });
    return found;
  };

  return {
    async plan(spec, context) {
      return (await look(spec, context)).map(({ change }) => change);
    },

    async apply(spec, context) {
      assertNames(spec);
      await assertRights(places, spec, context);
      const changes: Change[] = [];
      await walk(places, spec, context, true, async (work, session, rights) => {
        await carryOut(work, session, rights, context, changes.length + 1);
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
  role: /^(pg_.*|public|PUBLIC|none|current_user|current_role|session_user|user)$/,
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
