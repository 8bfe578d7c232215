import { z } from 'zod';
import { arrivalsOf } from '../load/arrivals.ts';
import { durationMs } from '../duration.ts';
import { duration } from './common.ts';
import { stepKind } from './descriptor.ts';
import { http } from './questions.ts';

const rate = z.number().gt(0).max(100_000);

const stage = z.strictObject({
  rate: rate.describe('Requests a second, at its end.'),
  from: rate
    .optional()
    .describe('Requests a second at its beginning, from which it goes evenly; the same when absent.'),
  for: duration.describe('How long it is.'),
});

const latency = z.strictObject({
  percentile: z.number().gt(0).max(100),
  atMost: duration,
});

/** More than anybody reads of one load, and less than fills a memory. */
const MOST_REQUESTS = 10_000_000;

/**
 * `load`: requests that arrive at a rate of their own, whatever the server does, and thresholds on how they are answered.
 *
 * @internal exported for its tests
 */
export const load = z
  .strictObject({
    ...http,
    method: z.enum(['GET', 'HEAD']).default('GET'),
    stages: z.array(stage).min(1).max(50).describe('One after another: rates that stay, and ramps.'),
    connections: z.int().min(1).max(10_000).default(20).describe('How many requests may be under way at once.'),
    reuse: z.boolean().default(true).describe('Whether connections are kept open for further requests.'),
    timeout: duration.default('10s').describe('How long an answer may take from when its request was sent.'),
    thresholds: z
      .strictObject({
        latency: z.array(latency).max(20).default([]).describe('What percentiles may be at most.'),
        errors: z.number().min(0).max(1).default(0.01).describe('The share of requests that may fail.'),
      })
      .prefault({}),
    abortOnFail: z.boolean().default(true).describe('Whether a threshold that does not hold ends the load.'),
    abortFrom: duration.default('5s').describe('From when on it does.'),
    maxAge: duration.default('7d').describe('How long a result counts: until then it is not repeated.'),
  })
  .refine(
    ({ stages }) =>
      arrivalsOf(stages.map((one) => ({ from: one.from ?? one.rate, to: one.rate, ms: durationMs(one.for) }))).total <=
      MOST_REQUESTS,
    { path: ['stages'], error: `come to more than ${String(MOST_REQUESTS)} requests` },
  );
export type LoadSpec = z.output<typeof load>;

export const loadKind = stepKind(load)({
  targets: ['http', 's3'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: null,
  rights: null,
  byHand: false,
  proves: false,
  drifts: null,
  docs: { page: 'steps/load.md', summary: 'requests at a rate of their own, with thresholds on how they are answered' },
});
