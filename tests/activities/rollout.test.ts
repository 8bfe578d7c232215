import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { recorder } from '../../src/activities/recorder.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';

const scope = { environment: 'lab', rollout: 'platform', run: 'r', bundle: 'b' };
const body = { type: 'start', by: 'ada', signature: '' } as const;

describe('the recorder', () => {
  test('gives a retried activity the id of its first attempt, and another activity another', async () => {
    const entries: RecordEntry[] = [];
    const record = recorder({ append: (entry) => Promise.resolve(void entries.push(entry)) });
    for (const [activityId, attempt] of [
      ['7', 1],
      ['7', 2],
      ['8', 1],
    ] as const)
      await new MockActivityEnvironment({ activityId, attempt }).run(() => record(scope, null, null, body));
    const [first, again, other] = entries.map((entry) => entry.id);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});
