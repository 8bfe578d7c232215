import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import { workOn } from '../../src/activities/work.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { policyOfLab } from '../../src/policy/worker-policy.ts';
import type { EngineContext } from '../../src/domain/step-engine.ts';

const ref = { scope: { environment: 'lab', rollout: 'r', run: 'u', bundle: 'b' }, phase: 'p', step: 's' };

test.each(['plan', 'apply', 'verify'] as const)('nothing of a rollout is rehearsed by itself: %s', async (verb) => {
  const bundle = {
    environment: 'lab',
    rollout: 'r',
    decisions: { signatures: 'optional', selfApproval: true, groups: {}, keys: {} },
    phases: [{ name: 'p', steps: [{ name: 's', kind: 'postgres.migrate' }] }],
  };
  const deps = {
    openBundle: () => Promise.resolve({ bundle: bundle as unknown as Bundle, files: {} }),
    policy: policyOfLab(() => []),
    record: { read: () => Promise.resolve({ entries: [], damaged: [] }) },
    callers: {
      startOf: () => Promise.resolve({ startedBy: 'linus', signature: '' }),
      assertGoesOn: () => Promise.resolve(),
    },
    env: {},
  };
  const open = () => Promise.resolve({ close: () => Promise.resolve() });
  const seen: EngineContext[] = [];
  await new MockActivityEnvironment().run(() =>
    workOn(deps as unknown as ActivityDeps, verb, ref, null, open, (_, context) => Promise.resolve(seen.push(context))),
  );
  expect(seen).toHaveLength(1);
  expect(seen[0]).not.toHaveProperty('rehearses');
});
