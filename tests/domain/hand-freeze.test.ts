import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FreezeOrder } from '../../src/domain/freeze-order.ts';
import { freezeShelf, handHolds, LONGEST_FREEZE_MS, shelvesAt } from '../../src/domain/hand-freeze.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';

const at = (time: string) => Date.parse(time);
const order = (more: Partial<FreezeOrder>): FreezeOrder => ({
  ...{ environment: 'production', startedBy: 'ada', reason: 'audit', until: '2026-12-02T00:00:00Z', ends: [] },
  ...{ signature: '' },
  ...more,
});
const entry = (run: string, more: Partial<FreezeOrder>, denial: string | null = null): RecordEntry => ({
  ...{ id: run, time: '2026-12-01T00:00:00Z' },
  scope: { environment: 'production', rollout: 'freezes-2026-12', run, bundle: '', phase: null, step: null },
  body: { type: 'freeze', order: order(more), verified: true, denial },
});
const ids = (entries: readonly RecordEntry[], now: string, stands: (of: FreezeOrder) => boolean = () => true) =>
  handHolds(entries, at(now), stands).map(({ id }) => id);

test('a freeze by hand holds until its time, or until an order that stands names it', () => {
  const one = entry('one', {});
  const end = entry('end', { until: null, ends: ['one'], startedBy: 'grace' });
  expect(handHolds([one], at('2026-12-01T12:00:00Z'), () => true)).toEqual([
    { id: 'one', by: 'ada', reason: 'audit', since: '2026-12-01T00:00:00Z', until: '2026-12-02T00:00:00Z' },
  ]);
  expect(ids([one], '2026-12-02T00:00:00Z')).toEqual([]);
  expect(ids([one, end], '2026-12-01T12:00:00Z')).toEqual([]);
  expect(ids([one, entry('two', {}), end], '2026-12-01T12:00:00Z')).toEqual(['two']);
  expect(ids([one, end], '2026-12-01T12:00:00Z', ({ startedBy }) => startedBy !== 'grace')).toEqual(['one']);
});

test('what was refused freezes nothing and ends nothing', () => {
  const refused = entry('refused', {}, 'it was used before');
  const end = entry('end', { until: null, ends: ['one'] }, 'it is not signed');
  expect(ids([refused, entry('one', {}), end], '2026-12-01T12:00:00Z')).toEqual(['one']);
});

test('whatever holds is kept where it is looked for, and that is two months at most', () => {
  const instant = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2029-01-01T00:00:00Z') });
  fc.assert(
    fc.property(
      instant,
      fc.integer({ min: 0, max: LONGEST_FREEZE_MS }),
      fc.integer({ min: -240_000, max: 240_000 }),
      (made, later, skew) => {
        const shelves = shelvesAt(made + later + skew);
        expect(shelves).toContain(freezeShelf(made));
        expect(shelves.length).toBeLessThanOrEqual(2);
      },
    ),
  );
});
