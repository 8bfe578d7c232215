import { expect, test } from '@jest/globals';
import { unfinished } from '../../src/domain/drill/verdict.ts';
import { trendOf } from '../../src/domain/drill/trend.ts';
import { drillHistoryLines } from '../../src/cli/drills/history.ts';

test('the history of a drill says what to do when the newest one failed', () => {
  const at = { time: '2026-01-01T00:00:00.000Z', phase: 'backup', step: 'drill', run: 'one' };
  const failure = {
    type: 'NotReadyInTime',
    object: 'Namespace drill-1',
    message: 'It does not go.',
    next: 'Delete the APIService.',
    retryable: false,
  } as const;
  const proven = { ...unfinished('failed', null), verdict: 'proven', backup: 'two', ...at } as const;
  const failed = { ...unfinished('failed', failure), ...at };
  const lines = (...drills: readonly (typeof proven | typeof failed)[]) =>
    drillHistoryLines({ drill: 'backup/drill', newest: null, trend: trendOf([]), drills }, 5, (_style, text) => text);
  expect(lines(proven, failed).slice(-2)).toEqual([
    expect.stringContaining('failed: Namespace drill-1: It does not go.'),
    'next:  Delete the APIService.',
  ]);
  expect(lines(failed, proven).at(-1)).toContain('proven Backup two');
});
