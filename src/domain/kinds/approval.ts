import { z } from 'zod';
import { stepKind } from './descriptor.ts';

/** `approval`: a bare gate; what people read is the `approval.reason` of the step. */
const approval = z.strictObject({});

export const approvalKind = stepKind(approval.default({}))({
  targets: [],
  gateOnly: true,
  files: {},
  uses: {},
  declares: null,
  rights: null,
  byHand: false,
  proves: false,
  drifts: null,
  docs: { page: 'steps/probe-and-approval.md', summary: 'a gate and nothing else' },
});
