import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadedRollout } from '../../src/bundle/load.ts';
import { ofType } from '../../src/domain/entries.ts';
import { shapeOf, type StepShape } from '../../src/domain/shape.ts';
import { SATISFIED } from '../../src/domain/status.ts';
import { FLAGSHIP, loadFlagship } from '../rollouts/flagship.ts';
import { undeclared } from './support/declared.ts';
import { DemoBench, type CarriedOut, type DemoDocument } from './support/demo-bench.ts';
import { pointsOf } from './support/points.ts';
import { momentOf } from './support/moments.ts';
import { differences, platformState, stateDigest, stateText, type PlatformState } from './support/platform/state.ts';

/**
 * The flagship, from the platform as it was found to its end, on a lab that is fresh each time, by `windlass demo` as people have it. Nobody
 * helps: what was killed is started again, as a supervisor does.
 *
 * `make faults` compares what each of ten seeds left with what an undisturbed run left on a lab of its own. `make test` has no time for a
 * second run. There each step's engine is asked whether it would change anything and whether what it claims holds: that is all that the
 * next run would ask, and what is left is what the files declare. Beside what they declare, nothing may be left of drills.
 */
const SEEDS = Number(process.env['WINDLASS_FAULT_SEEDS'] ?? '1') > 1 ? 10 : 1;
const RESULTS = process.env['WINDLASS_FAULT_RESULTS'];
const LONGEST_MS = 900_000;

let loaded: LoadedRollout;
let bench: DemoBench;
let undisturbed: PlatformState | null = null;

beforeAll(async () => {
  loaded = await loadFlagship('lab');
  bench = await DemoBench.open(FLAGSHIP, loaded.bundle.rollout);
  if (SEEDS === 1) return;
  const { run } = ended(await bench.carry());
  undisturbed = await stateOf(run);
  keep('undisturbed', undisturbed);
}, LONGEST_MS);
afterAll(() => bench.close());

describe.each(Array.from({ length: SEEDS }, (_, seed) => seed))('seed %i', (seed) => {
  const title = 'from as found to the end by itself, whatever was killed on the way, and to the same end';
  test(
    title,
    async () => {
      if (undisturbed !== null) await bench.forget();
      // Steps that are skipped leave no evidence, by which the moment is known.
      const moment = momentOf(seed, steps().filter(({ included }) => included).length);
      const began = Date.now();
      const over = new AbortController();
      const carrying = bench.carry().finally(() => {
        over.abort(new Error('the demo ended before its moment came'));
      });
      const [carried, killing] = await Promise.allSettled([carrying, bench.killAt(moment, over.signal)]);
      if (carried.status === 'rejected') throw carried.reason;
      const { run, status } = ended(carried.value);
      if (killing.status === 'rejected') throw killing.reason;
      const totalMs = Date.now() - began;

      const ends = status.phases.flatMap((phase) => phase.steps);
      expect(status.state).toBe('done');
      expect(ends).toHaveLength(steps().length);
      expect(ends.filter(({ state }) => !SATISFIED.has(state))).toEqual([]);
      expect(await undeclared(loaded, bench.settings)).toEqual([]);
      const state = await stateOf(run);
      const { underWay, healedAt } = killing.value;
      const differing = undisturbed === null ? null : differences(undisturbed, state);
      keep(`seed ${String(seed)}`, state);
      note({
        ...{ fault: `flagship: ${moment.victim} killed`, seed, ...moment, underWay, totalMs },
        ...{ afterHealingMs: began + totalMs - healedAt, state: stateDigest(state), differing },
      });
      await readinessIsTraced(run);
      expect(leftOver(state)).toEqual([]);
      expect(differing ?? []).toEqual([]);
    },
    LONGEST_MS,
  );
});

/**
 * The scorecard of the platform as it was found, and as it stands: each is reckoned once more from the record alone, and each point of it
 * rests on an entry of the record by which it is earned.
 */
async function readinessIsTraced(run: string): Promise<void> {
  const entries = await bench.recorded();
  const found = ofType(entries, 'measures').find(({ scope, body }) => scope.run === run && body.moment === 'before');
  const end = ofType(entries, 'verdict').find(({ scope }) => scope.run === run);
  if (found === undefined || end === undefined) throw new Error('the run has read no measures, or has no verdict');
  const cards = [];
  for (const { time } of [found, end]) {
    const card = await bench.readiness(time);
    const points = pointsOf(loaded.bundle, entries, Date.parse(time));
    expect([time, card.simulated, card.score, card.real.score]).toEqual([time, 'counts', points.score, points.real]);
    for (const area of card.areas)
      for (const { name, result, evidence } of area.checks) {
        const path = `${area.name}/${name}`;
        const earned = points.checks.get(path);
        expect([path, result === 'pass']).toEqual([path, earned?.passes ?? false]);
        if (result !== 'pass') continue;
        expect([path, earned?.entries.map(({ id }) => id)]).toEqual([path, expect.arrayContaining([evidence?.entry])]);
        expect([path, evidence?.how === 'real']).toEqual([path, earned?.real]);
      }
    cards.push(card);
  }
  const [before, after] = cards;
  // As it was found nothing was proven. In the end it is a platform, and what pods do is counted apart.
  expect(before).toMatchObject({
    level: null,
    capped: expect.arrayContaining(['core/scheduler', 'recovery/restored']),
  });
  expect(after).toMatchObject({ level: 'base', capped: [] });
  expect(after?.score).toBeGreaterThan(before?.score ?? 0);
  expect(after?.real.score).toBeLessThan(after?.score ?? 0);
  note({ readiness: cards.map(({ at, score, real, level }) => ({ at, score, real: real.score, level })) });
}

function steps(): readonly StepShape[] {
  return shapeOf(loaded.bundle).phases.flatMap((phase) => phase.steps);
}

function stateOf(run: string): Promise<PlatformState> {
  return platformState(bench.settings, loaded.bundle, run);
}

/** What a demo that came to its end says. @throws Error with what it said last, where it did not. */
function ended({ code, document, stderr }: CarriedOut): DemoDocument {
  if (document === null) throw new Error(`The demo ended with ${String(code)}:\n${stderr.slice(-4_000)}`);
  return document;
}

/** What is not the platform's: of drills, of restores, uploads that never ended. */
function leftOver(state: PlatformState): readonly string[] {
  return [...state.keys()].filter((name) => /windlass[-_]drill/.test(name) || name.startsWith('Restore '));
}

/** For whoever looks into a difference. */
function keep(name: string, state: PlatformState): void {
  if (RESULTS !== undefined) writeFileSync(join(dirname(RESULTS), `flagship, ${name}.json`), stateText(state));
}

function note(result: Readonly<Record<string, unknown>>): void {
  if (RESULTS !== undefined) appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
}
