import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  changeLine,
  countsLine,
  isUnchanged,
  summarizePlan,
  totalChanges,
  type Change,
} from '../../src/domain/change.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const summarize = (changes: readonly Change[]) => summarizePlan(changes, 'Delete it.', sha256);
const change = (action: Change['action'], what: string, more: Partial<Change> = {}): Change => ({
  action,
  what,
  destructive: false,
  ...more,
});

const anyChange = fc.record({
  action: fc.constantFrom('create', 'update', 'replace', 'delete', 'unchanged', 'unknown') satisfies fc.Arbitrary<
    Change['action']
  >,
  what: fc.constantFrom('role a', 'role b', 'grant to a'),
  destructive: fc.boolean(),
  detail: fc.array(fc.string(), { maxLength: 2 }),
});

describe('the summary of a plan', () => {
  test('counts what rests on a stand-in, which is part of no digest', () => {
    const real = [change('create', 'migration a'), change('unchanged', 'migration b')];
    const marked = real.map((one) => ({ ...one, standIn: true as const }));
    expect(summarize(marked)).toMatchObject({ standIns: 2, changeDigest: summarize(real).changeDigest });
    expect(summarize(real)).not.toHaveProperty('standIns');
  });

  test('has the digest of what is shown: what a change makes for later steps moves no approval', () => {
    const real = [change('create', 'database a')];
    const typed = real.map((one) => ({ ...one, makes: [{ is: 'database' as const, database: 'a' }] }));
    expect(summarize(typed)).toEqual(summarize(real));
  });

  test('has digests that do not depend on the order of the changes, two to one thing included', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyChange, { maxLength: 6 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([one, other]) => {
          expect(summarize(other)).toEqual(summarize(one));
        },
      ),
    );
  });

  test('has a change digest that moves with every change and not with what is unchanged', () => {
    const before = summarize([change('create', 'a')]);
    expect(summarize([change('create', 'a'), change('unchanged', 'b')]).changeDigest).toBe(before.changeDigest);
    expect(summarize([change('update', 'a')]).changeDigest).not.toBe(before.changeDigest);
    expect(summarize([change('create', 'a', { detail: ['x'] })]).changeDigest).not.toBe(before.changeDigest);
  });

  test('has a destructive digest that moves with destructive changes alone', () => {
    const lost = change('delete', 'volume', { destructive: true });
    const before = summarize([lost]);
    expect(summarize([lost, change('create', 'a')]).destructiveDigest).toBe(before.destructiveDigest);
    expect(summarize([{ ...lost, what: 'another volume' }]).destructiveDigest).not.toBe(before.destructiveDigest);
  });

  test('shows the first changes and counts the others', () => {
    const summary = summarize([
      ...Array.from({ length: 15 }, (_, n) => change('create', `object ${String(n)}`)),
      change('unchanged', 'x'),
    ]);
    expect(summary.lines).toHaveLength(12);
    expect(summary).toMatchObject({
      more: 3,
      destructive: 0,
      counts: { create: 15, unchanged: 1 },
      undo: 'Delete it.',
    });
    expect(totalChanges(summary)).toBe(16);
    expect(isUnchanged(summary)).toBe(false);
  });

  test('is unchanged only when everything is; what is not known yet is something to do', () => {
    expect(isUnchanged(summarize([]))).toBe(true);
    expect(isUnchanged(summarize([change('unchanged', 'a')]))).toBe(true);
    expect(isUnchanged(summarize([change('unknown', 'a', { knownAfter: 'data/schema' })]))).toBe(false);
  });

  test('in words', () => {
    expect(countsLine(summarize([change('create', 'a'), change('unchanged', 'b')]).counts)).toBe(
      '1 to create, 1 unchanged',
    );
    expect(countsLine(summarize([]).counts)).toBe('nothing to do');
    expect(
      changeLine(change('replace', 'StatefulSet data/zookeeper', { destructive: true, knownAfter: 'data/schema' })),
    ).toBe('replace   StatefulSet data/zookeeper (known after data/schema) [destroys data]');
  });
});
