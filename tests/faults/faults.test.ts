import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { FaultBench } from './support/bench.ts';
import type { FinalState } from './support/final-state.ts';
import { SCENARIOS } from './support/scenarios.ts';

/** One seed of each in `make test`; `make faults` sets more and collects what happened. */
const SEEDS = Number(process.env['WINDLASS_FAULT_SEEDS'] ?? '1');
const RESULTS = process.env['WINDLASS_FAULT_RESULTS'];
const LONGEST_MS = 600_000;

let bench: FaultBench;
let undisturbed: FinalState;

beforeAll(async () => {
  bench = await FaultBench.open();
  await bench.startWorker();
  const suffix = newSuffix();
  await (
    await bench.begin(suffix)
  ).result;
  undisturbed = await bench.finalState(suffix);
}, LONGEST_MS);
afterAll(() => bench.close());

test('an undisturbed rollout leaves what its files say', () => {
  expect(undisturbed.ledger).toHaveLength(3);
  expect(undisturbed.rows).toHaveLength(3);
  expect(undisturbed.objects).toHaveLength(43);
  expect(undisturbed.versioning).toMatchObject({ Status: 'Enabled' });
});

describe.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i', (seed) => {
  test.each(SCENARIOS)(
    '$name: the rollout completes by itself, and leaves what an undisturbed one leaves',
    async ({ name, moment, spread, hurt, heal }) => {
      const suffix = newSuffix();
      const began = Date.now();
      const { result } = await bench.begin(suffix);
      await moment(bench, suffix);
      // Spread evenly over the moment, the middle first.
      const delay = Math.round(spread * ((0.5 + seed * 0.618) % 1));
      await wait(delay);
      await hurt(bench);
      await heal(bench);
      const healed = Date.now();
      const { status } = await result;
      expect(status.state).toBe('done');
      expect(await bench.finalState(suffix)).toEqual(undisturbed);
      note({ fault: name, seed, delayMs: delay, totalMs: Date.now() - began, afterHealingMs: Date.now() - healed });
    },
    LONGEST_MS,
  );
});

test(
  "bundle and record outlive Temporal's database: the report is made, and a new start finds everything done",
  async () => {
    const suffix = newSuffix();
    const { result, run } = await bench.begin(suffix);
    await result;
    await bench.loseTemporalDatabase();
    const report = await bench.report(run);
    expect(report).toContain('faulty');
    expect(report).toMatch(/V?3.*step.3|step_%/);

    const again = await bench.begin(suffix);
    expect((await again.result).unchanged).toBe(true);
    expect(await bench.finalState(suffix)).toEqual(undisturbed);
  },
  LONGEST_MS,
);

function newSuffix(): string {
  return Math.random().toString(36).slice(2, 9).replace(/^\d/, 'x');
}

function note(result: Readonly<Record<string, string | number>>): void {
  if (RESULTS !== undefined) appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
}
