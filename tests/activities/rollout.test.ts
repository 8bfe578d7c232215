import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { recorder, type Recorder } from '../../src/activities/recorder.ts';
import type { RecordBody, RecordEntry } from '../../src/domain/record-entry.ts';

const scope = { environment: 'lab', rollout: 'platform', run: 'r', bundle: 'b' };
const finding = {
  kind: 'bucket-exists',
  about: { bucket: 'b' },
  observed: { exists: true },
  holds: true,
  how: 'real',
  source: 'HEAD /b',
} as const;
const body = { type: 'start', by: 'ada', signature: '' } as const;

/** The ids under which appends are written. */
async function idsOf(
  ...appends: readonly (readonly [{ activityId?: string; attempt?: number }, Parameters<Recorder>])[]
) {
  const entries: RecordEntry[] = [];
  const record = recorder({ append: (entry) => Promise.resolve(entries.push(entry) > 0) });
  for (const [info, entry] of appends) await new MockActivityEnvironment(info).run(() => record(...entry));
  return entries.map(({ id }) => id);
}

describe('the recorder', () => {
  test('gives a retried activity the id of its first attempt, and another activity another', async () => {
    const start = [scope, null, null, body] as const;
    const [first, again, other] = await idsOf(
      [{ activityId: '7', attempt: 1 }, [...start]],
      [{ activityId: '7', attempt: 2 }, [...start]],
      [{ activityId: '8', attempt: 1 }, [...start]],
    );
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('gives one id to what another attempt found at another time', async () => {
    const seen = (time: string): RecordBody => ({ type: 'evidence', findings: [{ ...finding, time }] });
    const [first, again] = await idsOf(
      [{ attempt: 1 }, [scope, 'deploy', 'web', seen('a')]],
      [{ attempt: 2 }, [scope, 'deploy', 'web', seen('b')]],
    );
    expect(again).toBe(first);
  });

  test('tells entries of one activity apart by run, by step, by type, and by key', async () => {
    const ids = await idsOf(
      [{}, [scope, 'deploy', 'web', body]],
      [{}, [{ ...scope, run: 'other' }, 'deploy', 'web', body]],
      [{}, [scope, 'other', 'web', body]],
      [{}, [scope, 'deploy', 'other', body]],
      [{}, [scope, 'deploy', 'web', { type: 'evidence', findings: [] }]],
      [{}, [scope, 'deploy', 'web', body, 'key']],
      [{}, [scope, 'deploy', 'web', body, 'other']],
    );
    expect(new Set(ids).size).toBe(ids.length);
  });
});
