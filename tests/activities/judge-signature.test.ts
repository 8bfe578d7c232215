import { expect, test } from '@jest/globals';
import { rolloutActivities } from '../../src/activities/rollout.ts';
import type { Action } from '../../src/domain/operating.ts';
import { policyOf } from '../support/policies.ts';

const policy = policyOf({ signatures: 'optional', starters: ['ops'], groups: { ops: ['ada'] }, endpoints: [] });
const bundle = {
  ...{ environment: 'production', rollout: 'platform' },
  decisions: { signatures: 'optional', selfApproval: true, groups: {}, keys: {} },
};
const { judgeSignature } = rolloutActivities({
  openBundle: () => Promise.resolve({ bundle, files: null }),
  policy: { of: () => Promise.resolve(policy) },
} as never);

test.each<[Action, string, RegExp | null]>([
  ['skip', 'ada', null],
  ['skip', 'mallory', /does not let mallory start anything here, and so skip nothing/],
  ['adopt', 'mallory', /and so adopt nothing/],
  ['retry', 'mallory', null],
  ['abort', 'ops', /ops is a group here/],
])(
  'to %s a step by %s is judged by who may start rollouts, where it decides with what one goes on',
  async (action, by, denial) => {
    const command = { action, run: 'r', phase: 'p', step: 's', by, comment: 'why', signature: '' };
    const judged = await judgeSignature('b', command);
    expect(judged).toEqual(denial === null ? null : expect.stringMatching(denial));
  },
);
