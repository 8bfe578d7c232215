import { escapeIdentifier } from 'pg';
import type { Session } from '../session.ts';

/** What privileges are about. */
export type Scope =
  | { readonly on: 'database' }
  | { readonly on: 'schema'; readonly schema: string }
  /** Everything of a kind in a schema, and what the owner of the database makes there later. */
  | { readonly on: 'tables' | 'sequences' | 'functions'; readonly schema: string; readonly owner: string };

/** Everybody: a grantee that is no role. */
export const PUBLIC = 'PUBLIC';

export function grantee(role: string): string {
  return role === PUBLIC ? PUBLIC : escapeIdentifier(role);
}

/** What GRANT calls everything of a kind in a schema; ROUTINES are functions and procedures. */
export const PLURALS = { tables: 'TABLES', sequences: 'SEQUENCES', functions: 'ROUTINES' } as const;

/** One privilege that somebody granted to the role. */
export interface Granted {
  readonly privilege: string;
  readonly grantor: string;
  /** Whether the owner of the thing did, in whose name an ordinary REVOKE takes back. */
  readonly byOwner: boolean;
  /** Whether the role may grant it on. */
  readonly grantable: boolean;
}

/** One thing of a scope, and what the role was granted on it. */
export interface Thing {
  /**
   * `object`; `column`: of a table, that carries privileges of its own; `later`: what a role gives on what it makes, in the
   * schema or (`everywhere`) in all of them.
   */
  readonly kind: 'object' | 'column' | 'later' | 'everywhere';
  /** As SQL writes it; a column's table for a column, nothing for what is made later. */
  readonly sql: string;
  readonly column: string | null;
  /** Who owns it or, for what is made later, who makes it. */
  readonly owner: string;
  readonly granted: readonly Granted[];
  /** Whether the role has granted something of it on to others. */
  readonly grantedOn: boolean;
}

/** `pg_default_acl.defaclobjtype`, and what `acldefault` calls the kind. */
const KINDS = {
  tables: { kind: 'r', byDefault: 'r' },
  sequences: { kind: 'S', byDefault: 's' },
  functions: { kind: 'f', byDefault: 'f' },
} as const;

/**
 * Each query gives one row per thing: `acl`, or what PostgreSQL does where no privileges were ever set. GRANT ON ALL TABLES
 * means views, foreign and partitioned tables too. `$1` is the role, `$2` the schema.
 */
function things(scope: Scope): string {
  if (scope.on === 'database')
    return `SELECT 'object' AS kind, format('%I', datname) AS sql, NULL AS "column", datdba AS owner,
                   COALESCE(datacl, acldefault('d', datdba)) AS acl
              FROM pg_database WHERE datname = current_database()`;
  if (scope.on === 'schema')
    return `SELECT 'object' AS kind, format('%I', nspname) AS sql, NULL AS "column", nspowner AS owner,
                   COALESCE(nspacl, acldefault('n', nspowner)) AS acl
              FROM pg_namespace WHERE nspname = $2`;
  return `${OBJECTS[scope.on]} UNION ALL ${later(KINDS[scope.on])}`;
}

const relations = (kinds: string, type: 'r' | 's'): string => `
  SELECT 'object', format('%I.%I', n.nspname, c.relname), NULL, c.relowner, COALESCE(c.relacl, acldefault('${type}', c.relowner))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $2 AND c.relkind IN (${kinds})`;

const OBJECTS = {
  tables: `
    SELECT 'object' AS kind, NULL::text AS sql, NULL::text AS "column", 0::oid AS owner, NULL::aclitem[] AS acl WHERE false
    UNION ALL ${relations(`'r', 'p', 'v', 'm', 'f'`, 'r')}
    UNION ALL
    SELECT 'column', format('%I.%I', n.nspname, c.relname), a.attname::text, c.relowner, a.attacl
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE n.nspname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attacl IS NOT NULL AND NOT a.attisdropped`,
  sequences: `
    SELECT 'object' AS kind, NULL::text AS sql, NULL::text AS "column", 0::oid AS owner, NULL::aclitem[] AS acl WHERE false
    UNION ALL ${relations(`'S'`, 's')}`,
  functions: `
    SELECT 'object' AS kind, p.oid::regprocedure::text AS sql,
           NULL::text AS "column", p.proowner AS owner, COALESCE(p.proacl, acldefault('f', p.proowner)) AS acl
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = $2`,
} as const;

/**
 * What anybody gives on what they make later. Of the owner of the database ($3) also what is given where nobody ever said
 * anything; a row of a schema adds to that of all schemas.
 */
function later({ kind, byDefault }: (typeof KINDS)[keyof typeof KINDS]): string {
  return `
    SELECT CASE WHEN d.defaclnamespace = 0 THEN 'everywhere' ELSE 'later' END, '', NULL, d.defaclrole, d.defaclacl
      FROM pg_default_acl d
     WHERE d.defaclobjtype = '${kind}'
       AND (d.defaclnamespace = 0 OR d.defaclnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $2))
    UNION ALL
    SELECT 'everywhere', '', NULL, o.oid, acldefault('${byDefault}', o.oid) FROM pg_roles o
     WHERE o.rolname = $3
       AND NOT EXISTS (SELECT FROM pg_default_acl d
                        WHERE d.defaclrole = o.oid AND d.defaclnamespace = 0 AND d.defaclobjtype = '${kind}')`;
}

/**
 * The things of a scope in the session's database; none where it does not exist. What it owns a role was granted, too.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function thingsOf(session: Session, role: string, scope: Scope): Promise<readonly Thing[]> {
  const values = [role, ...('schema' in scope ? [scope.schema] : []), ...('owner' in scope ? [scope.owner] : [])];
  return session.query<Thing & Record<string, unknown>>(
    `SELECT t.kind, t.sql, t."column",
            CASE pg_get_userbyid(t.owner) WHEN 'pg_database_owner'
              THEN (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())
              ELSE pg_get_userbyid(t.owner) END AS owner,
            COALESCE(json_agg(json_build_object('privilege', a.privilege_type, 'grantor', pg_get_userbyid(a.grantor),
                                                'byOwner', a.grantor = t.owner, 'grantable', a.is_grantable)
                              ORDER BY a.place)
                       FILTER (WHERE a.grantee = g.oid), '[]') AS granted,
            COALESCE(bool_or(a.grantor = g.oid AND a.grantee <> g.oid AND t.owner <> g.oid), false) AS "grantedOn"
       FROM (${things(scope)}) AS t
       LEFT JOIN (SELECT oid FROM pg_roles WHERE rolname = $1 UNION ALL SELECT 0 WHERE $1 = '${PUBLIC}') AS g ON true
       LEFT JOIN LATERAL aclexplode(t.acl)
                 WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, place) ON true
      GROUP BY t.kind, t.sql, t."column", t.owner, g.oid
      ORDER BY t.kind DESC, t.sql, t."column", owner`,
    values,
  );
}

/** Privileges of one role on one thing, from all grants that name both. */
export interface Wanted {
  readonly role: string;
  readonly scope: Scope;
  readonly privileges: readonly string[];
  /** Whether the role is to hold nothing else on it. */
  readonly exclusive: boolean;
}
