import { describe, expect, test } from '@jest/globals';
import { foldedRows, rowLabel, stepCounts } from '../../src/domain/fold.ts';
import { phaseState, type PhaseStatus, type StepState } from '../../src/domain/status.ts';
import { step } from '../cli/support.ts';

const phase = (name: string, ...states: StepState[]): PhaseStatus => {
  const steps = states.map((state, at) => step(`${name}-${String(at)}`, state));
  return { name, state: phaseState(steps), steps };
};
const many = (count: number, state: StepState): StepState[] => Array.from({ length: count }, () => state);
const labels = (phases: readonly PhaseStatus[], lines: number, ...least: ['unchanged'] | []) =>
  foldedRows(phases, lines, ...least).map(rowLabel);

const ROLLOUT = [
  phase('survey', ...many(20, 'done')),
  phase('data', 'done', 'unchanged', 'skipped', 'applying', 'pending', 'gate'),
  phase('quiet', 'verifying', 'done'),
  phase('backup', ...many(40, 'pending')),
];

describe('a table of phases and steps that must fit', () => {
  test('lists everything, in the order of the rollout, where there is room', () => {
    const rows = labels(ROLLOUT, 100);
    expect(rows).toHaveLength(4 + 20 + 6 + 2 + 40);
    expect(rows.slice(21, 24)).toEqual(['◆ data', '  ✓ data-0', '  = data-1'].map((row) => row.replace('◆', '▸')));
  });

  test('counts what is unchanged or skipped first', () => {
    const rows = labels(ROLLOUT, 71);
    expect(rows).toHaveLength(71);
    expect(rows).toContain('    2 more: 1 unchanged, 1 skipped');
    expect(rows).not.toContain('  = data-1');
  });

  test('then folds phases that are done and those that have not begun', () => {
    expect(labels(ROLLOUT, 12)).toEqual([
      '✓ survey',
      '▸ data',
      '  ✓ data-0',
      '  ▸ data-3',
      '  · data-4',
      '  ◆ data-5',
      '    2 more: 1 unchanged, 1 skipped',
      '▸ quiet',
      '  ▹ quiet-0',
      '  ✓ quiet-1',
      '· backup',
    ]);
  });

  test('then lists what waits and what runs alone, what waits first', () => {
    expect(labels(ROLLOUT, 10)).toEqual([
      '▸ data',
      '  ◆ data-5',
      '  ▸ data-3',
      '    4 more: 1 done, 1 unchanged, 1 skipped, 1 pending',
      '▸ quiet',
      '  ▹ quiet-0',
      '    1 more: 1 done',
      '✓ survey',
      '· backup',
    ]);
  });

  test('at last lists what is most urgent and counts all others, however little room there is', () => {
    expect(labels(ROLLOUT, 4)).toEqual([
      '◆ data/data-5',
      '▸ data/data-3',
      '  1 more: 1 verifying',
      '  65 more: 22 done, 1 unchanged, 1 skipped, 41 pending',
    ]);
    const crowd = [phase('crowd', ...many(60, 'gate'), ...many(60, 'applying'))];
    for (const lines of [2, 5, 20]) expect(foldedRows(crowd, lines).length).toBeLessThanOrEqual(lines);
  });

  test('folds a phase in which nothing changed where that is asked for', () => {
    const rows = labels([phase('a', 'unchanged', 'skipped'), phase('b', 'unchanged', 'done')], 100, 'unchanged');
    expect(rows).toEqual(['✓ a', '✓ b', '  ✓ b-1', '    1 more: 1 unchanged']);
  });

  test('counts steps in words', () => {
    expect(stepCounts(phase('p', 'pending', 'lock', 'lock', 'parked').steps)).toBe(
      '1 parked, 2 waiting for their target, 1 pending',
    );
  });
});
