import type { Session } from '../session.ts';

/** What privileges are about. */
export type Scope =
  | { readonly on: 'database' }
  | { readonly on: 'schema'; readonly schema: string }
  /** Everything of a kind in a schema, and what the owner of the database makes there later. */
  | { readonly on: 'tables' | 'sequences' | 'functions'; readonly schema: string; readonly owner: string };

/** Privileges that a role holds by itself: on every thing of the scope, and on at least one. */
export interface Held {
  readonly everywhere: readonly string[];
  readonly somewhere: readonly string[];
}

/**
 * Each query gives one row per thing of the scope: `acl`, or what PostgreSQL does where no privileges were ever set.
 * GRANT ON ALL TABLES means views, foreign and partitioned tables too.
 */
const ACLS: Readonly<Record<Scope['on'], string>> = {
  database: `
    SELECT COALESCE(datacl, acldefault('d', datdba)) AS acl FROM pg_database WHERE datname = current_database()`,
  schema: `
    SELECT COALESCE(nspacl, acldefault('n', nspowner)) AS acl FROM pg_namespace WHERE nspname = $2`,
  tables: `
    SELECT COALESCE(c.relacl, acldefault('r', c.relowner)) AS acl
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
     UNION ALL ${later('r')}`,
  sequences: `
    SELECT COALESCE(c.relacl, acldefault('s', c.relowner)) AS acl
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $2 AND c.relkind = 'S'
     UNION ALL ${later('S')}`,
  functions: `
    SELECT COALESCE(p.proacl, acldefault('f', p.proowner)) AS acl
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = $2
     UNION ALL ${later('f')}`,
};

/** What the owner of the database gives on what is made later, by the kind of thing (`pg_default_acl.defaclobjtype`). */
function later(kind: 'r' | 'S' | 'f'): string {
  return `
    SELECT COALESCE(d.defaclacl, acldefault('${kind === 'S' ? 's' : kind}', o.oid))
      FROM pg_roles o JOIN pg_namespace n ON n.nspname = $2
      LEFT JOIN pg_default_acl d ON d.defaclrole = o.oid AND d.defaclnamespace = n.oid AND d.defaclobjtype = '${kind}'
     WHERE o.rolname = $3`;
}

/** What a role holds on a thing of the session's database; nothing where the thing does not exist. */
export async function heldPrivileges(session: Session, role: string, scope: Scope): Promise<Held> {
  const values = [role, ...('schema' in scope ? [scope.schema] : []), ...('owner' in scope ? [scope.owner] : [])];
  const rows = await session.query<{ held: string[] }>(
    `SELECT ARRAY(SELECT a.privilege_type::text FROM aclexplode(things.acl) a JOIN pg_roles r ON r.oid = a.grantee
                   WHERE r.rolname = $1) AS held
       FROM (${ACLS[scope.on]}) AS things`,
    values,
  );
  const somewhere = [...new Set(rows.flatMap(({ held }) => held))];
  return {
    everywhere: somewhere.filter((privilege) => rows.every(({ held }) => held.includes(privilege))),
    somewhere,
  };
}
