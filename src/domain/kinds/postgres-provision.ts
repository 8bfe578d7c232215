import { z } from 'zod';
import type { Resolved } from '../reference.ts';
import { sqlName } from './common.ts';
import { stepKind } from './descriptor.ts';
import { secretPlace } from './secret-place.ts';

const settings = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_.]*$/, 'must be the name of a setting'), z.string())
  .refine(
    (all) => new Set(Object.keys(all).map((name) => name.toLowerCase())).size === Object.keys(all).length,
    'names one setting twice: PostgreSQL takes capitals and small letters of these names for the same',
  )
  .default({})
  .describe('Settings that sessions begin with, as ALTER ... SET; lists with commas.');

/** A cycle of memberships among declared roles, as `a -> b -> a`; null when there is none. */
function cycleOf(roles: readonly { readonly name: string; readonly memberOf: readonly string[] }[]): string | null {
  const groups = new Map(roles.map(({ name: role, memberOf }) => [role, memberOf]));
  const safe = new Set<string>();
  const search = (role: string, way: readonly string[]): string | null => {
    if (way.includes(role)) return [...way.slice(way.indexOf(role)), role].join(' -> ');
    if (safe.has(role)) return null;
    for (const group of groups.get(role) ?? []) {
      const cycle = search(group, [...way, role]);
      if (cycle !== null) return cycle;
    }
    safe.add(role);
    return null;
  };
  for (const { name: role } of roles) {
    const cycle = search(role, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/**
 * `postgres.provision`: databases with owners, roles, grants. Drops nothing but the databases named for it.
 *
 * @internal exported for its tests
 */
export const postgresProvision = z.strictObject({
  roles: z
    .array(
      z.strictObject({
        name: sqlName,
        login: z.boolean().default(true),
        password: secretPlace
          .optional()
          .describe('Where the password is; set as a SCRAM verifier, never sent as clear text.'),
        connectionLimit: z.int().min(-1).default(-1).describe('Connections at once; -1 is no limit.'),
        memberOf: z.array(sqlName).default([]),
        createDatabases: z.boolean().default(false).describe('CREATEDB.'),
        createRoles: z.boolean().default(false).describe('CREATEROLE.'),
        replication: z.boolean().default(false).describe('REPLICATION.'),
        bypassRowSecurity: z.boolean().default(false).describe('BYPASSRLS.'),
        inherit: z
          .boolean()
          .default(true)
          .describe('INHERIT: whether it has the rights of the roles it is a member of.'),
        settings,
      }),
    )
    .superRefine((roles, context) => {
      const cycle = cycleOf(roles);
      if (cycle !== null)
        context.addIssue({ code: 'custom', message: `must have no cycle of memberships, and has ${cycle}` });
    })
    .default([]),
  databases: z
    .array(
      z.strictObject({
        name: sqlName,
        owner: sqlName,
        encoding: z.string().default('UTF8'),
        locale: z
          .string()
          .optional()
          .describe('Collation and character classes, as in C or en_US.UTF-8; fixed once made.'),
        template: sqlName.default('template0').describe('What it is made from.'),
        connectionLimit: z.int().min(-1).default(-1).describe('Connections at once; -1 is no limit.'),
        settings,
        extensions: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  grants: z
    .array(
      z.strictObject({
        role: sqlName.describe('A role, or PUBLIC for everybody.'),
        database: sqlName,
        privileges: z.array(z.enum(['CONNECT', 'CREATE', 'TEMPORARY'])).default([]),
        schema: sqlName.optional(),
        schemaPrivileges: z.array(z.enum(['USAGE', 'CREATE'])).default([]),
        tablePrivileges: z
          .array(z.enum(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']))
          .default([])
          .describe('On every table of the schema, those made later by the database owner included.'),
        sequencePrivileges: z
          .array(z.enum(['USAGE', 'SELECT', 'UPDATE']))
          .default([])
          .describe('On every sequence of the schema, later ones included.'),
        functionPrivileges: z
          .array(z.enum(['EXECUTE']))
          .default([])
          .describe('On every function and procedure of the schema, later ones included.'),
        exclusive: z
          .boolean()
          .default(false)
          .describe(
            'Whether whatever else the role was granted on these things is revoked: on columns, by others than the owner, ' +
              'and on what anybody makes there later, too.',
          ),
      }),
    )
    .default([]),
  absentDatabases: z
    .array(sqlName)
    .default([])
    .describe('Databases that must not be there: dropped, behind a gate, and only while nobody is connected to them.'),
});
export type PostgresProvisionSpec = Resolved<z.output<typeof postgresProvision>>;

export const postgresProvisionKind = stepKind(postgresProvision)({
  targets: ['postgres'],
  gateOnly: false,
  files: {},
  uses: { 'roles.*.password.kubernetesSecret.target': { kind: 'kubernetes', what: 'a password' } },
  declares: null,
  rights: null,
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/postgres.md', summary: 'databases, roles, grants and settings' },
});
