import { describe, expect, test } from '@jest/globals';
import type { LockMemory } from '../../src/domain/lock.ts';
import { healedLock, rememberedInstead, type Standing } from '../../src/domain/lock-healing.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const FAR = 9_000_000_000_000;
const request = (id: string, owner = 'run-1') => ({
  ...{ id, owner, leaseMs: 1_000 },
  holder: { workflowId: `phase-${id}`, runId: '1' },
});
const memory = (held: readonly string[], queue: readonly string[] = []): LockMemory => ({
  token: NOW - 1_000,
  owner: held.length === 0 ? null : 'run-1',
  held: held.map((id) => ({ ...request(id), deadline: NOW + 5_000 })),
  queue: queue.map((id) => request(id, 'run-2')),
});
const standing = (all: Readonly<Record<string, Standing>>) => new Map(Object.entries(all));

describe('a lock', () => {
  test.each(['wanted', 'silent'] as const)('is left as it is while what it remembers is %s', (how) => {
    expect(healedLock(memory(['a'], ['b']), standing({ a: how, b: how }), NOW)).toBeNull();
  });

  test('loses what nobody wants or can give back; the rest keeps its place', () => {
    const healed = healedLock(
      memory(['a', 'b'], ['c', 'd']),
      standing({ a: 'wanted', b: 'stuck', c: 'unwanted', d: 'silent' }),
      NOW,
    );
    expect(healed?.memory).toMatchObject({
      owner: 'run-1',
      held: [{ id: 'a' }],
      queue: [{ id: 'd' }],
      token: NOW - 1_000,
    });
    expect(healed?.faults).toEqual([
      'held by phase-b, which Temporal cannot go on with',
      'asked for by phase-c, which wants nothing',
    ]);
  });

  test('is free when nobody is left who holds it', () => {
    expect(healedLock(memory(['a']), standing({ a: 'unwanted' }), NOW)?.memory).toMatchObject({
      owner: null,
      held: [],
    });
  });

  test('loses a token that no lock gives', () => {
    const healed = healedLock({ ...memory([]), token: FAR }, new Map(), NOW);
    expect(healed).toMatchObject({
      memory: { token: NOW },
      faults: [`its token ${FAR} is ahead of any that a lock gives`],
    });
  });

  test('keeps what was given back until it is asked for by itself', () => {
    const given = memory(['a']);
    const held = given.held.map((hold) => ({ ...hold, givenBack: true }));
    expect(healedLock({ ...given, held }, standing({ a: 'unwanted' }), NOW)).toBeNull();
  });
});

describe('a target remembers another token', () => {
  test('when the one of the far future keeps everybody off it', () => {
    expect(rememberedInstead(FAR, null, NOW)).toBe(NOW);
    expect(rememberedInstead(FAR, { token: NOW - 5, owner: null }, NOW)).toBe(NOW);
    // Only a little ahead is too much too: whoever is granted the lock now is refused for as long.
    expect(rememberedInstead(NOW + 3_600_000, { token: 0, owner: null }, NOW)).toBe(NOW);
  });

  test('which is that of whoever holds its lock, since the lock gives no other meanwhile', () => {
    expect(rememberedInstead(NOW, { token: NOW - 90_000, owner: 'run-1' }, NOW)).toBe(NOW - 90_000);
  });

  test('and keeps the one it has where it keeps nobody off', () => {
    expect(rememberedInstead(0, null, NOW)).toBeNull();
    expect(rememberedInstead(NOW - 1, null, NOW)).toBeNull();
    expect(rememberedInstead(NOW - 90_000, { token: NOW - 90_000, owner: 'run-1' }, NOW)).toBeNull();
    expect(rememberedInstead(NOW + 10, { token: NOW + 10, owner: null }, NOW)).toBeNull();
    // Clocks differ.
    expect(rememberedInstead(NOW + 30_000, null, NOW)).toBeNull();
  });
});
