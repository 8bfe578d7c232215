import { z } from 'zod';
import { duration, name } from './common.ts';
import { stepKind } from './descriptor.ts';
import { type KindRight } from './rights.ts';

/** `policy.reports`: what policies would refuse of what is there, by the reports of Kyverno. */
const policyReports = z.strictObject({
  policies: z.array(name).min(1).max(100).describe('Names of ValidatingPolicies (policies.kyverno.io).'),
  within: duration
    .default('2m')
    .describe('How long reports may take until they tell of each pod that the policies are about.'),
});
export type PolicyReportsSpec = z.output<typeof policyReports>;

export const policyReportsKind = stepKind(policyReports)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: null,
  rights: {
    others: () =>
      (['Namespace', 'Pod'] as const).map((kind): KindRight => ({ apiVersion: 'v1', kind, verbs: ['list'] })),
  },
  byHand: false,
  proves: false,
  drifts: null,
  docs: { page: 'steps/security.md', summary: 'what policies would refuse of what is there, behind a gate' },
});
