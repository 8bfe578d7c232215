import { z } from 'zod';
import { NAMINGS } from '../migration-naming.ts';
import { duration, path, sqlName } from './common.ts';
import { stepKind } from './descriptor.ts';

const version = z.string().regex(/^\d+(\.\d+)*$/, 'must be numbers with dots, as in 3.2.0');
const address = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', 'must not hold a user or a password');
const reason = z.string().min(1).describe('Why; it goes on record.');

/** An official file or archive, pinned by its digest. */
const artifact = z
  .strictObject({
    version: version.describe('Place in the order of versions.'),
    url: address.optional().describe('Where it is published.'),
    path: z
      .string()
      .regex(/^\//, 'must be an absolute path on the worker')
      .optional()
      .describe('A file on the worker instead.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256: 64 lower-case hexadecimal digits')
      .describe('Of the file as it is published; anything else is refused before it is opened.'),
    inside: z.string().min(1).optional().describe('Path of the SQL file inside a .zip, .tar or .tar.gz archive.'),
    mirror: address
      .optional()
      .describe('Base URL that is asked first, for host and path of `url`, in closed networks.'),
    standIn: path.optional().describe('SQL file of the rollout that may stand in where the artifact cannot be had.'),
    allowStandIn: z.boolean().default(false).describe('Whether it may, here.'),
  })
  .refine(({ url, path: local }) => (url === undefined) !== (local === undefined), 'must have either url or path');

export const naming = z
  .enum(NAMINGS)
  .describe('The tool after whose manner the files of the directory are named; absent means what their names say.');

const repair = z.strictObject({
  version: z.string().min(1).describe('Version of the ledger row, or the name of a repeatable file without .sql.'),
  accept: z
    .enum(['changed', 'missing', 'out-of-order', 'interrupted'])
    .describe(
      'What is accepted as it is: a changed or a missing file, one that comes too late, one that stopped halfway.',
    ),
  reason,
});

const expected = z.strictObject({
  tables: z
    .array(z.strictObject({ like: z.string().min(1), count: z.int().min(0) }))
    .default([])
    .describe('How many tables there are of a name like this.'),
  columns: z
    .array(
      z.strictObject({
        table: z.string().min(1),
        column: z.string().min(1),
        type: z.string().optional().describe('As PostgreSQL writes it: `character varying(200)`.'),
      }),
    )
    .default([]),
  functions: z.array(z.string().min(1)).default([]).describe('Names, with or without schema.'),
  queries: z
    .array(z.strictObject({ query: z.string().min(1), equals: z.union([z.string(), z.number(), z.boolean()]) }))
    .default([])
    .describe('Read-only queries and the first column of their first row.'),
  unchangedCatalog: z
    .boolean()
    .default(false)
    .describe('Whether tables, columns, indexes, constraints and functions must be as the last migration left them.'),
});

/** `postgres.migrate`: versioned SQL, each file once, with its row in the ledger. */
export const postgresMigrate = z.strictObject({
  database: sqlName,
  source: z
    .strictObject({
      directory: path
        .optional()
        .describe(
          'Files named V<version>__<description>.sql run once in the order of their versions, R__<description>.sql ' +
            'whenever they changed, U<version>__<description>.sql to take a version back; or as `naming` says.',
        ),
      naming: naming.optional(),
      artifacts: z.array(artifact).min(1).optional().describe('Official files, in the order of their versions.'),
    })
    .refine(
      ({ directory, artifacts }) => (directory === undefined) !== (artifacts === undefined),
      'must have either directory or artifacts',
    )
    .refine(
      ({ directory, naming: named }) => named === undefined || directory !== undefined,
      'naming is for a directory: artifacts say their versions',
    ),
  role: sqlName.optional().describe('SET ROLE to this role, so that it owns what the migration makes.'),
  lockTimeout: duration.default('10s').describe('PostgreSQL lock_timeout of each statement.'),
  statementTimeout: duration.optional().describe('PostgreSQL statement_timeout of each statement; absent means none.'),
  to: version.optional().describe('The version to be at: later ones do not run, and are taken back by their U files.'),
  baseline: z
    .strictObject({ version, reason })
    .optional()
    .describe('A database with tables and without ledger counts as being at this version; nothing up to it runs.'),
  repair: z
    .array(repair)
    .default([])
    .describe('What does not fit between files and ledger, and is right all the same.'),
  expect: expected.optional().describe('What must hold afterwards.'),
});
export type PostgresMigrateSpec = z.output<typeof postgresMigrate>;
export type Artifact = z.output<typeof artifact>;

export const postgresMigrateKind = stepKind(postgresMigrate)({
  targets: ['postgres'],
  gateOnly: false,
  files: { 'source.directory': 'migrations', 'source.artifacts.*.standIn': 'stand-in' },
  uses: {},
  declares: null,
  rights: null,
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/postgres.md', summary: 'versioned SQL, each file once' },
});
