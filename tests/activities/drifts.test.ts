import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import { driftActivities } from '../../src/activities/drifts.ts';
import type { StepDrift } from '../../src/domain/drift.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import { wrongIn } from '../../src/record/entry-schema.ts';
import { policyOf } from '../support/policies.ts';

const SCOPE = { environment: 'lab', rollout: 'shop', run: 'run-2', bundle: 'b'.repeat(64) };
const drift: StepDrift = {
  ...{ phase: 'data', step: 'apps', kind: 'kubernetes.apply', unchanged: 1, broken: [], failure: null },
  drifted: [{ action: 'update', object: 'ConfigMap shop', fields: ['data.colour'] }] as never,
};
const look = (run: string, steps: readonly StepDrift[]) => ({
  ...{ id: run, time: '2026-01-01T00:00:00.000Z', scope: { ...SCOPE, run, phase: null, step: null } },
  body: { type: 'drift', steps },
});

const UNSIGNED = policyOf({ signatures: 'optional', endpoints: [] });

/** What a look at a rollout without steps returns and records, with these looks on record. */
async function looked(before: readonly object[], mode = 'drift', policy = UNSIGNED) {
  const entries: RecordEntry[] = [];
  const decisions = { signatures: 'optional', selfApproval: true, groups: {}, keys: {} };
  const bundle = { environment: 'lab', rollout: 'shop', targets: {}, phases: [], files: {}, decisions };
  const { findDrift } = driftActivities({
    openBundle: () => Promise.resolve({ bundle, files: null } as never),
    callers: { startOf: () => Promise.resolve({ startedBy: 'ada', signature: '', mode }) } as never,
    policy: { of: () => Promise.resolve(policy) } as never,
    record: {
      append: (entry: RecordEntry) => Promise.resolve(void entries.push(entry)),
      read: () => Promise.resolve({ entries: before }),
      firstUse: () => Promise.resolve(null),
    } as never,
    env: {},
  } as unknown as ActivityDeps);
  const returned: unknown = await new MockActivityEnvironment()
    .run(() => findDrift(SCOPE))
    .catch((error: unknown) => error);
  return { returned, entries };
}

describe('the activity that looks for drift', () => {
  test('puts what it found on record, and tells it as new where nobody has looked', async () => {
    const { returned, entries } = await looked([]);
    expect(returned).toMatchObject({ ...SCOPE, known: false, counts: { steps: 0, drifted: 0, failed: 0 } });
    expect(entries).toMatchObject([
      { scope: { ...SCOPE, phase: null, step: null }, body: { type: 'drift', steps: [] } },
    ]);
    expect(wrongIn(JSON.parse(JSON.stringify(entries[0])))).toBeNull();
  });

  test('knows what the newest look of another run found already, and not what it found itself when it was tried before', async () => {
    const known = async (before: readonly object[]) => (await looked(before)).returned;
    expect(await known([look('run-0', [drift]), look('run-1', [])])).toMatchObject({ known: true });
    expect(await known([look('run-0', []), look('run-1', [drift])])).toMatchObject({ known: false });
    expect(await known([look('run-1', [drift]), look('run-2', [])])).toMatchObject({ known: false });
  });

  test('does nothing for a run that was started to roll out', async () => {
    for (const mode of ['drill', '']) {
      const { returned, entries } = await looked([], mode);
      expect(String(returned)).toContain('was not started to look for drift');
      expect(entries).toEqual([]);
    }
  });

  test('does nothing without a signed start, where the policy asks for one', async () => {
    const { returned, entries } = await looked([], 'drift', policyOf({ endpoints: [] }));
    expect(returned).toMatchObject({ type: 'Unauthorised' });
    expect(String(returned)).toContain('signatures are required here');
    expect(entries).toEqual([]);
  });
});
