import { escapeIdentifier } from 'pg';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { Session } from '../session.ts';
import { heldPrivileges, type Held, type Scope } from './privileges.ts';
import { work, type Work } from './work.ts';

type Grant = PostgresProvisionSpec['grants'][number];

/** Privileges of one role on one thing, from all grants that name both. */
interface Wanted {
  readonly role: string;
  readonly scope: Scope;
  readonly privileges: readonly string[];
  /** Whether the role is to hold nothing else on it. */
  readonly exclusive: boolean;
}

/**
 * What is granted in one database. Only grants to the role itself count: what PUBLIC holds may be revoked by somebody
 * tomorrow. Schemas that grants name are made where they are missing.
 *
 * @param session of the database itself; null while that does not exist.
 * @param owner of the database, whose later tables are granted too.
 */
export async function grantWork(
  session: Session | null,
  database: string,
  owner: string,
  grants: readonly Grant[],
): Promise<readonly Work[]> {
  const done: Work[] = [];
  const schemas = new Set(grants.flatMap(({ schema }) => schema ?? []));
  for (const schema of schemas) done.push(...(await schemaWork(session, database, owner, schema)));
  for (const wanted of merged(grants, owner)) {
    const held = session === null ? NOTHING : await heldPrivileges(session, wanted.role, wanted.scope);
    done.push(granted(wanted, held, database));
  }
  return done;
}

const NOTHING: Held = { everywhere: [], somewhere: [] };

async function schemaWork(
  session: Session | null,
  database: string,
  owner: string,
  schema: string,
): Promise<readonly Work[]> {
  const there =
    session === null
      ? schema === 'public'
      : (await session.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])).length > 0;
  if (there) return [];
  const sql = `CREATE SCHEMA IF NOT EXISTS ${escapeIdentifier(schema)} AUTHORIZATION ${escapeIdentifier(owner)}`;
  return [work('create', { type: 'schema', database, schema }, [sql], ['named by a grant'])];
}

/** Grants taken together by role and thing, so that each thing is listed once. */
function merged(grants: readonly Grant[], owner: string): readonly Wanted[] {
  const found = new Map<string, Wanted>();
  const add = (role: string, scope: Scope, privileges: readonly string[], exclusive: boolean): void => {
    if (privileges.length === 0 && !exclusive) return;
    const key = JSON.stringify([role, scope]);
    const before = found.get(key);
    const all = new Set([...(before?.privileges ?? []), ...privileges]);
    found.set(key, { role, scope, privileges: [...all], exclusive: exclusive || before?.exclusive === true });
  };
  for (const { role, schema, exclusive, ...of } of grants) {
    add(role, { on: 'database' }, of.privileges, exclusive);
    if (schema === undefined) continue;
    add(role, { on: 'schema', schema }, of.schemaPrivileges, exclusive);
    add(role, { on: 'tables', schema, owner }, of.tablePrivileges, exclusive);
    add(role, { on: 'sequences', schema, owner }, of.sequencePrivileges, exclusive);
    add(role, { on: 'functions', schema, owner }, of.functionPrivileges, exclusive);
  }
  return [...found.values()];
}

function granted({ role, scope, privileges, exclusive }: Wanted, held: Held, database: string): Work {
  const thing = { type: 'grant', role, database, ...place(scope) } as const;
  const missing = privileges.filter((privilege) => !held.everywhere.includes(privilege));
  // An owner's own rights are not grants that somebody made.
  const owns = 'owner' in scope && scope.owner === role;
  const extra = exclusive && !owns ? held.somewhere.filter((privilege) => !privileges.includes(privilege)) : [];
  if (missing.length === 0 && extra.length === 0) return work('unchanged', thing, []);
  const some = privileges.some((privilege) => held.somewhere.includes(privilege)) || extra.length > 0;
  const later = 'owner' in scope ? [`later ${scope.on} of the database owner included`] : [];
  const to = escapeIdentifier(role);
  const sql = [
    ...(missing.length === 0 ? [] : grantSql('GRANT', scope, database, missing.join(', '), to)),
    ...(extra.length === 0 ? [] : grantSql('REVOKE', scope, database, extra.join(', '), to)),
  ];
  const detail = [
    ...(missing.length === 0 ? [] : [`${some ? 'missing ' : ''}${missing.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`revoked, since the grant is exclusive: ${extra.join(', ')}`]),
  ];
  return work(some ? 'update' : 'create', thing, sql, [...detail, ...later]);
}

function place(scope: Scope) {
  return scope.on === 'database' ? { on: scope.on } : { on: scope.on, schema: scope.schema };
}

/** What GRANT calls everything of a kind in a schema; ROUTINES are functions and procedures. */
const KINDS = { tables: 'TABLES', sequences: 'SEQUENCES', functions: 'ROUTINES' } as const;

function grantSql(
  verb: 'GRANT' | 'REVOKE',
  scope: Scope,
  database: string,
  privileges: string,
  role: string,
): readonly string[] {
  const whom = `${verb === 'GRANT' ? 'TO' : 'FROM'} ${role}`;
  if (scope.on === 'database') return [`${verb} ${privileges} ON DATABASE ${escapeIdentifier(database)} ${whom}`];
  const schema = escapeIdentifier(scope.schema);
  if (scope.on === 'schema') return [`${verb} ${privileges} ON SCHEMA ${schema} ${whom}`];
  const kind = KINDS[scope.on];
  const owner = escapeIdentifier(scope.owner);
  return [
    `${verb} ${privileges} ON ALL ${kind} IN SCHEMA ${schema} ${whom}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${schema} ${verb} ${privileges} ON ${kind} ${whom}`,
  ];
}
