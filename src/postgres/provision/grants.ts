import { escapeIdentifier } from 'pg';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { Session } from '../session.ts';
import { extras, type Extra } from './extras.ts';
import { PLURALS, PUBLIC, grantee, thingsOf, type Scope, type Thing, type Wanted } from './privileges.ts';
import type { User } from './user.ts';
import { statement, work, type Need, type Statement, type Work } from './work.ts';

type Grant = PostgresProvisionSpec['grants'][number];

/**
 * What is granted in one database. Only grants to the role itself count: what PUBLIC holds may be revoked by somebody
 * tomorrow, unless PUBLIC is the grantee. Schemas that grants name are made where they are missing.
 *
 * @param session of the database itself; null while that does not exist.
 * @param owner of the database, whose later tables are granted too.
 * @throws WindlassFailure as `Session` does.
 */
export async function grantWork(
  session: Session | null,
  user: User,
  database: string,
  owner: string,
  grants: readonly Grant[],
): Promise<readonly Work[]> {
  const done: Work[] = [];
  const schemas = new Set(grants.flatMap(({ schema }) => schema ?? []));
  for (const schema of schemas) done.push(...(await schemaWork(session, database, owner, schema)));
  for (const wanted of merged(grants, owner)) {
    const things = session === null ? [] : await thingsOf(session, wanted.role, wanted.scope);
    done.push(
      granted(
        wanted,
        things,
        database,
        session === null ? ownersInNew(user, wanted.scope, owner) : ownersOf(things, owner),
      ),
    );
  }
  return done;
}

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
  const needs: readonly Need[] = [
    { role: owner, standing: 'rights' },
    { role: owner, standing: 'member' },
  ];
  return [work('create', { type: 'schema', database, schema }, [statement(sql, needs)], ['named by a grant'])];
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
  for (const { role: named, schema, exclusive, ...of } of grants) {
    // PostgreSQL has no role of this name, quoted or not: it means everybody.
    const role = named === 'public' ? PUBLIC : named;
    add(role, { on: 'database' }, of.privileges, exclusive);
    if (schema === undefined) continue;
    add(role, { on: 'schema', schema }, of.schemaPrivileges, exclusive);
    add(role, { on: 'tables', schema, owner }, of.tablePrivileges, exclusive);
    add(role, { on: 'sequences', schema, owner }, of.sequencePrivileges, exclusive);
    add(role, { on: 'functions', schema, owner }, of.functionPrivileges, exclusive);
  }
  return [...found.values()];
}

function granted(wanted: Wanted, things: readonly Thing[], database: string, owners: readonly string[]): Work {
  const { role, scope, privileges } = wanted;
  const thing = { type: 'grant', role, database, ...place(scope) } as const;
  const held = heldBy(wanted, things);
  const missing = privileges.filter((privilege) => !held.everywhere(privilege));
  const beyond = extras(wanted, things);
  if (missing.length === 0 && beyond.length === 0) return work('unchanged', thing, []);
  const some = privileges.some(held.somewhere) || beyond.length > 0;
  const later = 'owner' in scope ? [`later ${scope.on} of the database owner included`] : [];
  const statements = [
    ...(missing.length === 0 ? [] : grantSql(wanted, database, missing, owners)),
    ...beyond.flatMap((extra) => extra.statements),
  ];
  const detail = [
    ...(missing.length === 0 ? [] : [`${some ? 'missing ' : ''}${missing.join(', ')}`]),
    ...revoked(beyond),
  ];
  return work(some ? 'update' : 'create', thing, statements, [...detail, ...later]);
}

/** What a role has on all of a scope, and on some of it. */
function heldBy({ scope, exclusive }: Wanted, things: readonly Thing[]) {
  const has = (thing: Pick<Thing, 'granted'>, privilege: string): boolean =>
    thing.granted.some((one) => one.privilege === privilege);
  const objects = things.filter(({ kind }) => kind === 'object');
  if (!('owner' in scope)) return counted(objects, has);
  // What is given in all schemas counts as well, but for an exclusive grant, which may take it back.
  const kinds = exclusive ? ['later'] : ['later', 'everywhere'];
  const later = things.filter(({ kind, owner }) => kinds.includes(kind) && owner === scope.owner);
  return counted([...objects, { granted: later.flatMap(({ granted: given }) => given) }], has);
}

function counted<T>(things: readonly T[], has: (thing: T, privilege: string) => boolean) {
  return {
    somewhere: (privilege: string): boolean => things.some((thing) => has(thing, privilege)),
    everywhere: (privilege: string): boolean => things.length > 0 && things.every((thing) => has(thing, privilege)),
  };
}

function revoked(beyond: readonly Extra[]): readonly string[] {
  return beyond.length === 0
    ? []
    : [`revoked, since the grant is exclusive: ${beyond.map(({ words }) => words).join('; ')}`];
}

/** Everybody who owns something of it; the owner of the database, where nothing is there yet. */
function ownersOf(things: readonly Thing[], owner: string): readonly string[] {
  const owners = things.filter(({ kind }) => kind === 'object').map((thing) => thing.owner);
  return [...new Set([...owners, owner])];
}

/** Before version 15 the schema `public` of a new database belongs to whoever made the cluster. */
function ownersInNew({ version }: User, scope: Scope, owner: string): readonly string[] {
  return scope.on === 'schema' && scope.schema === 'public' && version < 150_000 ? ['postgres'] : [owner];
}

function place(scope: Scope) {
  return scope.on === 'database' ? { on: scope.on } : { on: scope.on, schema: scope.schema };
}

function grantSql(
  { role, scope }: Wanted,
  database: string,
  missing: readonly string[],
  owners: readonly string[],
): readonly Statement[] {
  const privileges = missing.join(', ');
  const to = `TO ${grantee(role)}`;
  const needs = owners.map((owner): Need => ({ role: owner, standing: 'rights' }));
  if (scope.on === 'database')
    return [statement(`GRANT ${privileges} ON DATABASE ${escapeIdentifier(database)} ${to}`, needs)];
  const schema = escapeIdentifier(scope.schema);
  if (scope.on === 'schema') return [statement(`GRANT ${privileges} ON SCHEMA ${schema} ${to}`, needs)];
  const kind = PLURALS[scope.on];
  const owner = escapeIdentifier(scope.owner);
  return [
    statement(`GRANT ${privileges} ON ALL ${kind} IN SCHEMA ${schema} ${to}`, needs),
    statement(`ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA ${schema} GRANT ${privileges} ON ${kind} ${to}`, [
      { role: scope.owner, standing: 'rights' },
    ]),
  ];
}
