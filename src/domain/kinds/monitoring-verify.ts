import { z } from 'zod';
import { duration, identity, moment, path, targetName } from './common.ts';
import { stepKind } from './descriptor.ts';
import { request } from './questions.ts';

const label = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a label');

const alerting = z.strictObject({
  target: targetName.describe('An http target: Alertmanager.'),
  labels: z
    .record(label, z.string().min(1).max(200))
    .default({})
    .describe('Of the test alert, such as severity and team: its routes follow from them.'),
  receivers: z
    .array(z.string().min(1).max(200))
    .min(1)
    .describe(
      'Receivers by name that the routes must lead to; one of them posts to WINDLASS_ALERT_RECEIVER of the worker.',
    ),
  within: duration.default('5m').describe('How long the test alert may take to arrive, and again to resolve.'),
});

const exemption = z
  .strictObject({
    metric: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('A metric that need not be there; `*` stands for any characters.'),
    query: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe(
        'A panel (`BOARD / PANEL`), rule (`GROUP / RULE`) or target (`JOB / INSTANCE`); `*` stands for any characters.',
      ),
    reason: z.string().min(1).max(1_000),
    owner: identity.describe('Who answers for it.'),
    until: moment.describe('From then on it counts no more.'),
    optional: z
      .boolean()
      .optional()
      .describe('Whether it may match nothing: what it is for is not everywhere, or not for ever.'),
  })
  .refine(({ metric, query }) => (metric === undefined) !== (query === undefined), 'needs either metric or query');
export type MonitoringExemption = z.output<typeof exemption>;

/** `monitoring.verify`: whether what dashboards and rules ask is answered, and whether an alert arrives. */
const monitoringVerify = z.strictObject({
  sources: z
    .array(path)
    .min(1)
    .describe('Files or directories with dashboards of Grafana and rules, as they are or in objects of Kubernetes.'),
  scrapeInterval: duration
    .default('15s')
    .describe('How often targets are scraped: `$__rate_interval` is four of these.'),
  jobs: z
    .array(z.strictObject({ job: z.string().min(1).max(200), atLeast: z.int().min(1).default(1) }))
    .default([])
    .describe('Jobs that must be scraped, and from how many targets at least.'),
  evaluator: targetName
    .optional()
    .describe('An http target: vmalert or Prometheus, which must evaluate all of the rules.'),
  alerting: alerting.optional().describe('Sends a test alert, and waits until it has arrived and resolved.'),
  exemptions: z.array(exemption).max(1_000).default([]).describe('What need not be answered.'),
  optional: z
    .boolean()
    .default(false)
    .describe('Whether a server without an address here is told as unobserved, where the step would fail.'),
  within: duration.default('2m').describe('How long what was just begun may take to give its first numbers.'),
  ...request,
});
export type MonitoringVerifySpec = z.output<typeof monitoringVerify>;

export const monitoringVerifyKind = stepKind(monitoringVerify)({
  targets: ['http'],
  gateOnly: false,
  files: { 'sources.*': 'monitoring' },
  uses: {
    'alerting.target': { kind: 'http', what: 'alerting' },
    evaluator: { kind: 'http', what: 'evaluator' },
  },
  declares: null,
  rights: null,
  byHand: false,
  proves: false,
  drifts: null,
  docs: { page: 'steps/monitoring.md', summary: 'whether dashboards and alerts are answered, and an alert arrives' },
});
