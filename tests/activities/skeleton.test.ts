import { describe, expect, test } from '@jest/globals';
import { Skeletons } from '../../src/activities/skeleton.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { policyOf } from '../support/policies.ts';

const plain = { needs: [], timeout: '1m', retry: { attempts: 1, initialInterval: '1s', maximumInterval: '1s' } };
const bundle = {
  decisions: { groups: {}, selfApproval: false, keys: {}, signatures: 'optional' },
  phases: [{ name: 'data', needs: [], steps: [{ ...plain, name: 'bucket', kind: 'objectstore.bucket' }] }],
} as unknown as Bundle;
const gates = [{ reason: 'The owner looks.', approvers: ['ada'], destructive: false }];
const policy = (more: object = {}) => policyOf({ endpoints: [], ...more });

describe('the skeletons that a worker remembers', () => {
  test('are made once for each bundle, also where the policy is read anew', () => {
    const skeletons = new Skeletons();
    const first = skeletons.of(policy(), 'a', bundle);
    expect(skeletons.of(policy(), 'a', bundle)).toBe(first);
    expect(skeletons.of(policy(), 'b', bundle)).not.toBe(first);
  });

  test('have the gates of the policy of now', () => {
    const skeletons = new Skeletons();
    expect(skeletons.of(policy(), 'a', bundle).phases[0]?.steps[0]).not.toHaveProperty('demands');
    expect(skeletons.of(policy({ gates }), 'a', bundle).phases[0]?.steps[0]).toMatchObject({ demands: gates });
  });

  test('are not more than a worker can hold', () => {
    const skeletons = new Skeletons();
    const first = skeletons.of(policy(), '0', bundle);
    for (let at = 1; at <= 100; at += 1) skeletons.of(policy(), String(at), bundle);
    expect(skeletons.of(policy(), '0', bundle)).not.toBe(first);
  });
});
