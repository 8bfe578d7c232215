import { escapeIdentifier, escapeLiteral } from 'pg';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { Session } from '../session.ts';
import { passwordState, type Passwords, type PasswordState } from './password.ts';
import { areMembershipsApart, type User } from './user.ts';
import { statement, work, type Need, type Work } from './work.ts';

type Role = PostgresProvisionSpec['roles'][number];

interface Existing {
  readonly name: string;
  readonly login: boolean;
  readonly connectionLimit: number;
  readonly createDatabases: boolean;
  readonly createRoles: boolean;
  readonly replication: boolean;
  readonly bypassRowSecurity: boolean;
  readonly inherit: boolean;
  readonly memberOf: readonly string[];
}

const ROLES = `
  SELECT r.rolname AS name, r.rolcanlogin AS login, r.rolconnlimit AS "connectionLimit",
         r.rolcreatedb AS "createDatabases", r.rolcreaterole AS "createRoles", r.rolreplication AS replication,
         r.rolbypassrls AS "bypassRowSecurity", r.rolinherit AS inherit,
         ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                WHERE m.member = r.oid AND COUNTS) AS "memberOf"
    FROM pg_roles r WHERE r.rolname = ANY ($1)`;

/**
 * Roles first, then memberships: either side of one may be new.
 *
 * @throws WindlassFailure as `Session` and `passwordState` do: `ReferenceUnresolved` for a password that cannot be
 *   had.
 */
export async function roleWork(
  session: Session,
  user: User,
  roles: readonly Role[],
  passwords: Passwords,
): Promise<readonly Work[]> {
  // A membership with ADMIN alone, as whoever makes a role has it, gives no rights of the role.
  const counts = areMembershipsApart(user) ? '(m.inherit_option OR m.set_option)' : 'true';
  const names = roles.map((role) => role.name);
  const rows = await session.query<Existing & Record<string, unknown>>(ROLES.replace('COUNTS', counts), [names]);
  const existing = new Map(rows.map((row) => [row.name, row]));
  const done: Work[] = [];
  for (const role of roles) {
    const password = role.password && (await passwordState(session, role.name, role.password, passwords));
    const was = existing.get(role.name);
    done.push(was === undefined ? created(user, role, password) : altered(user, role, was, password));
  }
  return [...done, ...roles.flatMap((role) => memberships(role, existing.get(role.name)))];
}

function created(user: User, role: Role, password: PasswordState | undefined): Work {
  const special = ATTRIBUTES.filter(([field, , usual]) => field === 'login' || role[field] !== usual);
  const detail = [
    ...special.map(([field, word]) => spelled(word, role[field])),
    `connection limit ${role.connectionLimit}`,
  ];
  if (password !== undefined) detail.push(password.isKnown ? 'password: set' : password.reason);
  const begin = `CREATE ROLE ${escapeIdentifier(role.name)}`;
  return changed('create', role, begin, attributes(role, undefined), needs(user, role, undefined), password, detail);
}

function altered(user: User, role: Role, was: Existing, password: PasswordState | undefined): Work {
  const drift: string[] = [];
  for (const [field, word] of ATTRIBUTES) {
    if (was[field] !== role[field]) drift.push(`${spelled(word, was[field])} -> ${spelled(word, role[field])}`);
  }
  if (was.connectionLimit !== role.connectionLimit)
    drift.push(`connection limit ${was.connectionLimit} -> ${role.connectionLimit}`);
  const toSet = password !== undefined && !password.isSet;
  if (drift.length === 0 && !toSet) return work('unchanged', { type: 'role', role: role.name }, []);
  const begin = `ALTER ROLE ${escapeIdentifier(role.name)}`;
  const detail = toSet ? [...drift, password.reason] : drift;
  const done = changed('update', role, begin, attributes(role, was), needs(user, role, was), password, detail);
  return drift.length === 0 && password?.compared === false ? { ...done, blind: true } : done;
}

/** The statement with the verifier in it, and the same as people may see it. */
function changed(
  action: 'create' | 'update',
  role: Role,
  begin: string,
  words: string,
  needed: readonly Need[],
  password: PasswordState | undefined,
  detail: readonly string[],
): Work {
  const secret = password === undefined || password.isSet ? undefined : password.verifier;
  const withSecret = (text: string): string => `${begin}${words} PASSWORD ${text}`;
  const plain = `${begin}${words}`;
  const sql = typeof secret === 'string' ? withSecret(escapeLiteral(secret)) : plain;
  return work(action, { type: 'role', role: role.name }, [statement(sql, needed)], detail, [
    secret === undefined ? plain : withSecret("'***'"),
  ]);
}

/** Attributes by the words of SQL, and what a new role has where nothing is said. */
const ATTRIBUTES = [
  ['login', 'LOGIN', false],
  ['createDatabases', 'CREATEDB', false],
  ['createRoles', 'CREATEROLE', false],
  ['replication', 'REPLICATION', false],
  ['bypassRowSecurity', 'BYPASSRLS', false],
  ['inherit', 'INHERIT', true],
] as const;

/** Only what is to change, since some attributes may be named by superusers alone. */
function attributes(role: Role, was: Existing | undefined): string {
  const words = ATTRIBUTES.filter(([field, , usual]) => role[field] !== (was?.[field] ?? usual));
  const changed = words.map(([field, word]) => ` ${spelled(word, role[field])}`).join('');
  return `${changed} CONNECTION LIMIT ${role.connectionLimit}`;
}

/** What making or altering a role takes: superusers alone gave some attributes before version 16. */
function needs(user: User, role: Role, was: Existing | undefined): readonly Need[] {
  const apart = areMembershipsApart(user);
  const given = (field: 'createDatabases' | 'replication' | 'bypassRowSecurity'): boolean =>
    role[field] !== (was?.[field] ?? false);
  const of = `to ${was === undefined ? 'make' : 'alter'} role ${role.name}`;
  return [
    { attribute: 'CREATEROLE', for: of },
    ...(was === undefined ? [] : [{ role: role.name, standing: 'admin' } as const]),
    ...(given('createDatabases') && apart ? [{ attribute: 'CREATEDB', for: of } as const] : []),
    ...(given('replication') || (was?.replication === true && !apart)
      ? [{ attribute: apart ? 'REPLICATION' : 'SUPERUSER', for: of } as const]
      : []),
    ...(given('bypassRowSecurity') ? [{ attribute: apart ? 'BYPASSRLS' : 'SUPERUSER', for: of } as const] : []),
  ];
}

function spelled(word: string, has: boolean): string {
  return has ? word : `NO${word}`;
}

function memberships(role: Role, was: Existing | undefined): readonly Work[] {
  return [...new Set(role.memberOf)].map((group) => {
    const thing = { type: 'membership', role: role.name, group } as const;
    if (was?.memberOf.includes(group)) return work('unchanged', thing, []);
    const sql = `GRANT ${escapeIdentifier(group)} TO ${escapeIdentifier(role.name)}`;
    return work('create', thing, [statement(sql, [{ role: group, standing: 'admin' }])]);
  });
}
