import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readCron } from '../../../src/domain/cron/read.ts';
import { GO_CRON, ROBFIG, TEMPORAL, type CronReader } from '../../../src/domain/cron/readers.ts';
import { nextTimes } from '../../../src/domain/cron/times.ts';

/** Printed by tools/cron-readers, which asks the real libraries. Its columns are these readers. */
const [, ...lines] = readFileSync('tests/fixtures/cron/readings.tsv', 'utf8').trimEnd().split('\n');
const READERS: readonly CronReader[] = [ROBFIG, GO_CRON, TEMPORAL];
/** The moments after which the libraries were asked, and for how many times. */
const LOOKS = [
  ['2026-11-30T00:00:00Z', 3],
  ['2028-02-26T12:00:00Z', 3],
] as const;

/** What Temporal takes and we do not: a sixth and seventh field, a comment, and a week that it reads without its Sunday. */
function isRefusedByUs(expression: string, reader: CronReader): boolean {
  if (reader !== TEMPORAL) return false;
  const fields = expression.trim().split(/\s+/);
  return (
    fields.length > 5 ||
    expression.includes('#') ||
    fields[4]?.split(',').some((part) => /^(1|mon)(-7(\/1)?|\/1)$/i.test(part)) === true
  );
}

function readingOf(expression: string, reader: CronReader): string {
  const reading = readCron(expression, reader);
  if (typeof reading === 'string') return 'refused';
  return LOOKS.flatMap(([after, count]) => {
    const times = nextTimes(reading, reader, new Date(after), count).map((time) => time.toISOString().slice(0, 19));
    return times.length < count ? [...times, 'never'] : times;
  }).join(' ');
}

describe('a cron expression', () => {
  test.each(READERS.map((reader, column) => ({ name: reader.name, reader, column })))(
    'is read as $name reads it, whatever stands in it',
    ({ reader, column }) => {
      expect(lines.length).toBeGreaterThan(400);
      const rows = lines.map((line) => line.split('\t'));
      const expected = rows.map((row) => [row[0], isRefusedByUs(row[0] ?? '', reader) ? 'refused' : row[column + 1]]);
      expect(rows.map(([expression = '']) => [expression, readingOf(expression, reader)])).toEqual(expected);
    },
  );
});
