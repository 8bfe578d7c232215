import { describe, expect, test } from '@jest/globals';
import { readingLines } from '../../src/cli/view/measures.ts';
import { statusLines } from '../../src/cli/view/status.ts';
import { unknown, type MeasureStatus } from '../../src/domain/measured.ts';
import { rolloutDetails } from '../../src/workflows/details.ts';
import { plain, status } from './support.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const read = (value: number) => ({ value, time: TIME });
const gone = unknown('refused the connection', TIME);

const MEASURES: readonly MeasureStatus[] = [
  { name: 'pods', title: 'Running pods', better: 'higher', before: read(20), after: read(76) },
  { name: 'failing', title: 'Failing pods', better: 'lower', before: read(15), after: read(16) },
  { name: 'storage', title: 'Storage', unit: 'bytes', before: gone, after: read(145 * 2 ** 30) },
  { name: 'up', title: 'Targets up', before: gone, after: gone },
];

describe('the measures of a rollout', () => {
  test('stand below its table, in straight columns, with what is unknown and why', () => {
    const lines = statusLines({ ...status('done'), measures: MEASURES }, 0, plain);
    expect(lines.slice(-6)).toEqual([
      'Measure       before   after',
      'Running pods  20       76       +56, better',
      'Failing pods  15       16       +1, worse',
      'Storage       unknown  145 GiB',
      'Targets up    unknown  unknown',
      '  Targets up: unknown, it refused the connection',
    ]);
  });

  test('are not shown before they were read', () => {
    const pending = MEASURES.map((one) => ({ ...one, before: null, after: null }));
    expect(statusLines({ ...status('running'), measures: pending }, 0, plain)).toEqual(
      statusLines(status('running'), 0, plain),
    );
  });

  test('stand in the Web UI as before → after, and a title does not end their block', () => {
    const hostile = { ...(MEASURES[0] as MeasureStatus), title: '```\n# Running', after: null };
    const page = rolloutDetails({ ...status('running'), measures: [...MEASURES, hostile] });
    expect(page).toContain('Running pods: 20 → 76 (+56, better)');
    expect(page).toContain('Storage: unknown → 145 GiB\n');
    expect(page.match(/^```/gm)).toHaveLength(2);
    expect(rolloutDetails(status('running'))).not.toContain('Measures');
  });

  test('that are read now are told with what they are, or why they are unknown', () => {
    const common = { name: 'x', source: 'somewhere' };
    expect(
      readingLines(
        [
          { ...common, title: 'Running pods', ...read(20), how: 'simulated' },
          { ...common, title: 'Targets up', ...gone },
        ],
        plain,
      ),
    ).toEqual([
      'Measure       now',
      'Running pods  20 (simulated)',
      'Targets up    unknown',
      '  Targets up: unknown, it refused the connection',
    ]);
  });

  test('fit a terminal: titles are cut before numbers, and no reason is', () => {
    const measures = [
      { ...MEASURES[0]!, title: 'Pods that run in all namespaces and are ready' },
      {
        ...MEASURES[3]!,
        before: unknown('refused the connection at the address of the first replica', TIME),
        after: null,
      },
    ];
    const fit = { lines: Infinity, width: 50 };
    const lines = statusLines({ ...status('running'), measures }, 0, plain, 'commands', fit);
    expect(lines.slice(-5)).toEqual([
      'Measure                before   after',
      'Pods that run in all…  20       76     +56, better',
      'Targets up             unknown',
      '  Targets up: unknown, it refused the connection',
      '      at the address of the first replica',
    ]);
  });
});
