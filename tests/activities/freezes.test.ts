import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from '@jest/globals';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import { freezeActivities } from '../../src/activities/freezes.ts';
import type { FreezeOrder } from '../../src/domain/freeze-order.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import { wrongIn } from '../../src/record/entry-schema.ts';
import { policyOf } from '../support/policies.ts';

const later = () => new Date(Date.now() + 3_600_000).toISOString();

/** What comes of an order where nobody has to sign, and what is on record then. */
async function ordered(more: Partial<FreezeOrder>, held: readonly RecordEntry[] = []) {
  const order = {
    environment: 'lab',
    startedBy: 'ada',
    reason: 'audit',
    until: later(),
    ends: [],
    signature: '',
    ...more,
  };
  const entries: RecordEntry[] = [];
  const deps = {
    callers: { freezeOf: () => Promise.resolve(order) },
    policy: { of: () => Promise.resolve(policyOf({ signatures: 'optional', starters: ['ada'], endpoints: [] })) },
    record: {
      append: (entry: RecordEntry) => Promise.resolve(entries.push(entry) > 0),
      read: ({ rollout }: { readonly rollout: string }) =>
        Promise.resolve({ entries: held.filter(({ scope }) => scope.rollout === rollout), damaged: [] }),
      firstUse: ({ run }: { readonly run: string }) => Promise.resolve(run),
    },
  };
  const { orderFreeze } = freezeActivities(deps as unknown as ActivityDeps);
  const error: unknown = await new MockActivityEnvironment()
    .run(() => orderFreeze(order, 'run-1'))
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  for (const entry of entries) expect(wrongIn(JSON.parse(JSON.stringify(entry)))).toBeNull();
  return { error, entries };
}

test('an order that stands is kept under its month, so that what holds is found without the whole record', async () => {
  const { error, entries } = await ordered({});
  expect(error).toBeNull();
  expect(entries).toMatchObject([
    { scope: { rollout: expect.stringMatching(/^freezes-\d{4}-\d{2}$/), run: 'run-1' }, body: { denial: null } },
  ]);
});

test.each([
  ['by somebody who may not start', { startedBy: 'linus' }, 'does not let linus'],
  ['that is over', { until: '2020-01-01T00:00:00.000Z' }, 'which is over'],
  ['for a year', { until: '2099-01-01T00:00:00.000Z' }, 'two weeks at most'],
  ['until a time of another form', { until: later().replace('Z', '+00:00') }, 'its end is no time in UTC'],
  ['without a reason', { reason: ' ' }, 'it does not say why'],
  ['that freezes and ends', { ends: ['other'] }, 'ends freezes too'],
  ['that ends nothing', { until: null }, 'it ends nothing'],
])('an order %s is refused, and kept apart from those that hold', async (words, more, why) => {
  const { error, entries } = await ordered(more);
  expect(error).toMatchObject({ message: expect.stringContaining(why) });
  expect(entries).toMatchObject([
    { scope: { rollout: 'refused-freezes' }, body: { denial: expect.stringContaining(why), verified: false } },
  ]);
});

test('freezes hold up to a hundred at once, since each look reads all of them; to end them is always allowed', async () => {
  const [one] = (await ordered({})).entries;
  const held = Array.from({ length: 100 }, (_, nth) => ({
    ...one!,
    scope: { ...one!.scope, run: `run-${String(nth)}` },
  }));
  expect((await ordered({}, held.slice(1))).error).toBeNull();
  const { error, entries } = await ordered({}, held);
  expect(error).toMatchObject({ message: expect.stringContaining('100 freezes hold here') });
  expect(entries).toMatchObject([{ scope: { rollout: 'refused-freezes' }, body: { verified: false } }]);
  expect((await ordered({ until: null, ends: ['run-7'] }, held)).error).toBeNull();
  expect((await ordered({}, [...held, ...(await ordered({ until: null, ends: ['run-7'] })).entries])).error).toBeNull();
});
