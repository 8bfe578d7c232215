import { z } from 'zod';
import { duration, sqlName } from './common.ts';
import { stepKind, type ActsOn } from './descriptor.ts';

const common = { within: duration.default('30s').describe('How long the probe may take to succeed, tries included.') };

/**
 * `probe`: one question to a target, asked until it is answered as expected or its time is up.
 *
 * @internal exported for its tests
 */
export const probe = z.discriminatedUnion('protocol', [
  z.strictObject({
    protocol: z.literal('http'),
    path: z.string().startsWith('/').default('/').describe('On the address of the step target (kind http or s3).'),
    status: z.int().min(100).max(599).default(200),
    contains: z.string().optional(),
    ...common,
  }),
  z.strictObject({ protocol: z.literal('tcp'), ...common }),
  z.strictObject({
    protocol: z.literal('sql'),
    database: sqlName,
    query: z.string().min(1).describe('One read-only query; run in a read-only transaction.'),
    equals: z.union([z.string(), z.number(), z.boolean()]).describe('Expected first column of the first row.'),
    ...common,
  }),
]);
export type ProbeSpec = z.output<typeof probe>;

/** Each protocol is understood by some targets only. */
const PROBED: Readonly<Record<string, ActsOn>> = {
  http: { targets: ['http', 's3'], what: 'a probe over http' },
  sql: { targets: ['postgres'], what: 'a probe over sql' },
  tcp: { targets: ['http', 's3', 'postgres', 'kubernetes'], what: 'a probe over tcp' },
};

export const probeKind = stepKind(probe)({
  targets: ['http', 's3', 'postgres', 'kubernetes'],
  targetsBy: ({ protocol }) =>
    typeof protocol === 'string' && Object.hasOwn(PROBED, protocol) ? (PROBED[protocol] ?? null) : null,
  gateOnly: false,
  files: {},
  uses: {},
  declares: null,
  byHand: false,
  proves: false,
  docs: { page: 'steps/probe-and-approval.md', summary: 'one question, asked until the answer fits' },
});
