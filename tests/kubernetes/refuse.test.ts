import { expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { refuseImpossible } from '../../src/kubernetes/apply/refuse.ts';
import type { Planned } from '../../src/kubernetes/plan/planned.ts';

/** What is said of an object with these fields of others. */
function adviceOn(...fields: readonly string[]): string {
  const planned = {
    declared: { label: 'ConfigMap data/a' },
    action: 'update',
    live: {},
    notes: [],
    conflicts: fields.map((field) => ({ field, manager: 'somebody' })),
  } as unknown as Planned;
  try {
    refuseImpossible([planned], false);
  } catch (error) {
    if (error instanceof WindlassFailure) return error.options.next;
    throw error;
  }
  throw new Error('it was not refused');
}

test('nobody is told to take out of a manifest what stands in none: the label of an owner', () => {
  const label = '.metadata.labels.applyset.kubernetes.io/part-of';
  expect(adviceOn('.data.a')).toBe('Take the fields out of the manifest, or set force: true to take them over.');
  expect(adviceOn(label)).toBe(
    "Another owner's label applyset.kubernetes.io/part-of is on it: let that one give it up, or leave it out of this rollout, or set force: true to take them over.",
  );
  expect(adviceOn(label, '.data.a')).toMatch(/^Another owner.*, or take the fields out of the manifest, or set force/);
});
