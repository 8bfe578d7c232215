import { z } from 'zod';
import { duration, sqlName } from './common.ts';
import { comparing, comparisonsIn, ONE_COMPARISON, type Comparing } from './comparison.ts';
import { stepKind, type ActsOn } from './descriptor.ts';
import { cel, http, kubernetes, kubernetesName, pointer, promql, s3, sql } from './questions.ts';
import { secretPlace } from './secret-place.ts';

const common = { within: duration.default('30s').describe('How long the probe may take to succeed, tries included.') };
const hostName = z
  .string()
  .regex(/^(?!.*\.\.)[A-Za-z0-9_*]([A-Za-z0-9_.-]{0,252})$/, 'must be a host name such as www.example.com');

const questionsIn = ({ holds, count, sum }: Readonly<Partial<Record<'holds' | 'count' | 'sum', string | undefined>>>) =>
  [holds, count, sum].filter((one) => one !== undefined).length;
const hasOne = (fields: Comparing) => comparisonsIn(fields) === 1;

const json = z
  .strictObject({
    at: pointer.optional().describe('Which value of the body is compared.'),
    value: cel('value').optional().describe('CEL over the body as `self`, whose value is compared.'),
    holds: cel('truth').optional().describe('CEL over the body as `self`, which must be true.'),
    ...comparing,
  })
  .refine(
    (fields) => [fields.at, fields.value, fields.holds].filter((one) => one !== undefined).length === 1,
    'needs exactly one of at, value and holds',
  )
  .refine((fields) => comparisonsIn(fields) === (fields.holds === undefined ? 1 : 0), {
    error: `${ONE_COMPARISON}; or holds alone`,
  });

const login = z
  .strictObject({ role: sqlName, password: secretPlace })
  .describe('Who asks, in place of the user of the target; the server must ask for the password.');
const keys = z
  .strictObject({ accessKey: secretPlace, secretKey: secretPlace })
  .describe('What requests are signed with, in place of the keys of the target.');

/** `probe`: one question to a target, asked until it is answered as expected or its time is up. */
export const probe = z.discriminatedUnion('protocol', [
  z.strictObject({
    protocol: z.literal('http'),
    ...http,
    contains: z.string().optional(),
    json: json.optional().describe('What the body must say, which is JSON.'),
    ...common,
  }),
  z.strictObject({ protocol: z.literal('tcp'), ...common }),
  z
    .strictObject({
      protocol: z.literal('sql'),
      ...sql,
      query: sql.query.optional(),
      login: login.optional(),
      ...comparing,
      ...common,
    })
    .describe('The first column of the first row is compared. With login alone it is asked whether the role gets in.')
    .refine((fields) => fields.query !== undefined || fields.login !== undefined, 'needs a query, a login, or both')
    .refine((fields) => comparisonsIn(fields) === (fields.query === undefined ? 0 : 1), {
      error: `a query ${ONE_COMPARISON}; a login without one has none`,
    }),
  z.strictObject({ protocol: z.literal('promql'), ...promql, ...comparing, ...common }).refine(hasOne, ONE_COMPARISON),
  z
    .strictObject({
      protocol: z.literal('s3'),
      ...s3,
      of: z.enum(['objects', 'bytes']).default('objects').describe('What is counted, where it is compared.'),
      ...comparing,
      roundTrip: z
        .boolean()
        .default(false)
        .describe('Whether an object is put below `prefix`, read back, compared and removed; else objects are listed.'),
      keys: keys.optional(),
      ...common,
    })
    .refine((fields) => comparisonsIn(fields) <= (fields.roundTrip ? 0 : 1), {
      error: 'needs at most one of equals, atLeast, atMost and between, and none with roundTrip',
    }),
  z
    .strictObject({
      protocol: z.literal('kubernetes'),
      ...kubernetes,
      namespace: kubernetesName.optional().describe('Of the object of that name.'),
      name: kubernetesName.optional().describe('One object, in place of a list.'),
      holds: cel('truth')
        .optional()
        .describe('CEL that must be true: `self` is the object of that name, or the list of all objects.'),
      count: cel('truth').optional().describe('CEL over each object as `self`: those of which it is true are counted.'),
      sum: cel('number').optional().describe('CEL over each object as `self`, whose numbers are added.'),
      ...comparing,
      ...common,
    })
    .refine((fields) => questionsIn(fields) === 1, 'needs exactly one of holds, count and sum')
    .refine((fields) => questionsIn(fields) !== 1 || comparisonsIn(fields) === (fields.holds === undefined ? 1 : 0), {
      error: `${ONE_COMPARISON}; or holds alone`,
    })
    .refine(
      ({ name, namespace, namespaces, selector, holds }) =>
        name === undefined
          ? namespace === undefined
          : holds !== undefined && namespaces === undefined && Object.keys(selector).length === 0,
      { error: 'one object has name, namespace and holds; a list has namespaces and selector' },
    ),
  z
    .strictObject({
      protocol: z.literal('tls'),
      serverName: hostName.optional().describe('Asked for and verified in place of the host of the address.'),
      serverNames: z
        .array(hostName)
        .min(1)
        .max(100)
        .refine((all) => new Set(all).size === all.length, 'names a host twice')
        .optional()
        .describe('Several, each asked for and verified by a connection of its own, in place of one.'),
      ca: secretPlace.optional().describe('Certificates (PEM) of whom is trusted, in place of those of the system.'),
      names: z.array(hostName).default([]).describe('Further names that the certificate must be for.'),
      daysLeft: z.int().min(0).default(0).describe('How many days the certificate must be valid from now.'),
      ...common,
    })
    .refine((fields) => fields.serverName === undefined || fields.serverNames === undefined, {
      error: 'needs at most one of serverName and serverNames',
    }),
  z.strictObject({
    protocol: z.literal('dns'),
    names: z.array(hostName).min(1).describe('Each must resolve.'),
    type: z.enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT']).default('A'),
    records: z.array(z.string().min(1)).default([]).describe('What each name must have; anything when empty.'),
    exactly: z.boolean().default(false).describe('Whether other records than these are wrong.'),
    ...common,
  }),
]);
export type ProbeSpec = z.output<typeof probe>;

/** Each protocol is understood by some targets only. */
const PROBED: Readonly<Record<string, ActsOn>> = {
  http: { targets: ['http', 's3'], what: 'a probe over http' },
  sql: { targets: ['postgres'], what: 'a probe over sql' },
  tcp: { targets: ['http', 's3', 'postgres', 'kubernetes'], what: 'a probe over tcp' },
  promql: { targets: ['http'], what: 'a probe over promql' },
  s3: { targets: ['s3'], what: 'a probe over s3' },
  kubernetes: { targets: ['kubernetes'], what: 'a probe over kubernetes' },
  tls: { targets: ['http', 's3'], what: 'a probe over tls' },
  dns: { targets: ['dns'], what: 'a probe over dns' },
};

export const probeKind = stepKind(probe)({
  targets: ['http', 's3', 'postgres', 'kubernetes', 'dns'],
  targetsBy: ({ protocol }) =>
    typeof protocol === 'string' && Object.hasOwn(PROBED, protocol) ? (PROBED[protocol] ?? null) : null,
  gateOnly: false,
  files: {},
  uses: {
    'ca.kubernetesSecret.target': { kind: 'kubernetes', what: 'the certificates of whom is trusted' },
    'login.password.kubernetesSecret.target': { kind: 'kubernetes', what: 'a password' },
    'keys.accessKey.kubernetesSecret.target': { kind: 'kubernetes', what: 'an access key' },
    'keys.secretKey.kubernetesSecret.target': { kind: 'kubernetes', what: 'a secret key' },
  },
  declares: null,
  rights: {
    others: (spec) => {
      if (spec.protocol !== 'kubernetes') return [];
      const { apiVersion, kind, namespaces, namespace, name } = spec;
      const where = namespace === undefined ? {} : { namespace };
      if (name !== undefined) return [{ apiVersion, kind, verbs: ['get'], ...where, names: [name] }];
      if (namespaces === undefined) return [{ apiVersion, kind, verbs: ['list'] }];
      return namespaces.map((one) => ({ apiVersion, kind, verbs: ['list'], namespace: one }));
    },
  },
  byHand: false,
  proves: false,
  drifts: 'claim',
  docs: { page: 'steps/probe-and-approval.md', summary: 'one question, asked until the answer fits' },
});
