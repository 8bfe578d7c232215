import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../support/poll.ts';
import { FaultBench } from './support/bench.ts';
import { DRILL_SCENARIOS, remainsOf } from './support/drill-scenarios.ts';

/** One seed of each in `make test`; `make faults` sets more and collects what happened. */
const SEEDS = Number(process.env['WINDLASS_FAULT_SEEDS'] ?? '1');
const RESULTS = process.env['WINDLASS_FAULT_RESULTS'];
const LONGEST_MS = 400_000;
const CLEAN_WITHIN_MS = 60_000;

let bench: FaultBench;

beforeAll(async () => {
  bench = await FaultBench.open('interrupted');
  await bench.startWorker();
}, LONGEST_MS);
afterAll(() => bench.close());

describe.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i', (seed) => {
  test.each(DRILL_SCENARIOS)(
    '$name: the drill proves a backup in the end, and leaves nothing',
    async ({ name, moment, spread, hurt, heal }) => {
      const suffix = Math.random().toString(36).slice(2, 9).replace(/^\d/, 'x');
      const began = Date.now();
      const { result } = await bench.begin(suffix);
      await moment(bench, suffix);
      const delay = Math.round(spread * ((0.5 + seed * 0.618) % 1));
      await wait(delay);
      await hurt(bench);
      await heal(bench);
      const healed = Date.now();
      const { status } = await result;
      expect(status.state).toBe('done');
      // A Restore that is deleted goes once Velero has let go of it.
      const patience = Date.now() + CLEAN_WITHIN_MS;
      const remains = await until(async () => {
        const found = await remainsOf(bench, suffix);
        return found.left.length === 0 || Date.now() > patience ? found : null;
      });
      expect(remains).toEqual({ left: [], proven: 1 });
      const times = { totalMs: Date.now() - began, afterHealingMs: Date.now() - healed };
      if (RESULTS !== undefined)
        appendFileSync(RESULTS, `${JSON.stringify({ fault: name, seed, delayMs: delay, ...times })}\n`);
    },
    LONGEST_MS,
  );
});
