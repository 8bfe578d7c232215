import { afterEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import { measureActivities } from '../../src/activities/measures.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { measure } from '../../src/domain/measure.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import { wrongIn } from '../../src/record/entry-schema.ts';
import { answering, closeAll } from '../http/support.ts';
import { policyOf } from '../support/policies.ts';

afterEach(closeAll);

const SCOPE = { environment: 'lab', rollout: 'shop', run: 'run-1', bundle: 'b'.repeat(64) };

/** What the activity returns and records, for a bundle with two measures of a server that has one of them. */
async function measured(more: Partial<ActivityDeps> = {}) {
  const host = await answering('{"a": 3}');
  const of = (name: string) => ({ name, target: 'web', with: { protocol: 'http', json: { at: `/${name}` } } });
  const measures = [of('a'), of('b')].map((one) => measure.parse(one));
  const bundle = { environment: 'lab', targets: { web: { kind: 'http', url: { fromEnv: 'WEB' } } }, measures };
  const policy = policyOf({ endpoints: [host], references: { variables: ['WEB'] } });
  const entries: RecordEntry[] = [];
  const { readMeasures } = measureActivities({
    openBundle: () => Promise.resolve({ bundle, files: null } as never),
    callers: { startOf: () => Promise.resolve(null) } as never,
    policy: { of: () => Promise.resolve(policy) } as never,
    record: { append: (entry: RecordEntry) => Promise.resolve(void entries.push(entry)) } as never,
    env: { WEB: `http://${host}` },
    ...more,
  } as ActivityDeps);
  const returned: unknown = await new MockActivityEnvironment()
    .run(() => readMeasures(SCOPE, 'before'))
    .catch((error: unknown) => error);
  return { returned, entries, host };
}

describe('the activity that reads measures', () => {
  test('records each with whom it asked, as entries are read again, and returns them without', async () => {
    const { returned, entries, host } = await measured();
    const a = { name: 'a', title: 'a', value: 3, time: expect.any(String) };
    const b = { name: 'b', title: 'b', value: null, why: 'is not there', time: expect.any(String) };
    expect(returned).toEqual([a, b]);
    const of = (name: string) => ({ source: `/${name} of GET http://${host}/` });
    expect(entries).toMatchObject([
      { scope: { ...SCOPE, phase: null, step: null }, body: { type: 'measures', moment: 'before' } },
    ]);
    expect(entries[0]?.body).toMatchObject({
      readings: [
        { ...a, ...of('a') },
        { ...b, ...of('b') },
      ],
    });
    expect(wrongIn(JSON.parse(JSON.stringify(entries[0])))).toBeNull();
  });

  test('reads nothing for a caller that no start began', async () => {
    const refused = new WindlassFailure('Unauthorised', 'No start began this run.', { next: 'Start it.' });
    const { returned, entries } = await measured({
      callers: {
        startOf: () => Promise.reject(refused),
        assertGoesOn: () => Promise.reject(refused),
        healOf: () => Promise.reject(refused),
        freezeOf: () => Promise.reject(refused),
      },
    });
    expect(returned).toMatchObject({ type: 'Unauthorised' });
    expect(entries).toEqual([]);
  });
});
