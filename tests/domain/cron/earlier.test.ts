import { describe, expect, test } from '@jest/globals';
import { cronEarlier } from '../../../src/domain/cron/earlier.ts';
import { readCron, type CronReading } from '../../../src/domain/cron/read.ts';
import { GO_CRON, ROBFIG, TEMPORAL, type CronReader } from '../../../src/domain/cron/readers.ts';
import { nextTimes } from '../../../src/domain/cron/times.ts';

const read = (expression: string, reader: CronReader): CronReading => {
  const reading = readCron(expression, reader);
  if (typeof reading === 'string') throw new Error(`${expression} ${reading}`);
  return reading;
};
const earlier = (expression: string, minutes: number, reader = GO_CRON) =>
  cronEarlier(read(expression, reader), minutes);

describe('what fires a while before a cron expression', () => {
  test.each([
    ['0 2 * * *', 10, ['50 1 * * *']],
    ['@daily', 10, ['50 23 * * *']],
    ['@hourly', 5, ['55 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22 * * *', '55 23 * * *']],
    ['0 0 * * mon', 10, ['50 23 * * 0']],
    ['0 0 31 * *', 5, ['55 23 30 1,3,5,7,8,10,12 *']],
    ['5 0 2 3 *', 10, ['55 23 1 3 *']],
    ['0 2 1 * 1', 5, ['55 1 1 * 1']],
    ['0 0 29 2 *', 5, ['55 23 28 2 * 2004-2096/4']],
    ['0 0 1 3 *', 5, ['55 23 29 2 *', '55 23 28 2 * 2001/4,2002/4,2003/4,2100']],
    ['0 12 1 * *', 0, ['0 12 1 * *']],
  ])('%s less %i minutes', (expression, minutes, expected) => {
    expect(earlier(expression, minutes)).toEqual(expected);
  });

  test('comes on both sides of an "or", where the reader joins the fields of days so', () => {
    expect(earlier('30 6 15 * fri', 60, ROBFIG)).toEqual(['30 5 15 * *', '30 5 * * 5']);
    expect(earlier('30 6 15 * fri', 60, GO_CRON)).toEqual(['30 5 15 * 5']);
  });

  test('is not to be told of intervals, which have no times by the clock', () => {
    expect(earlier('@every 1h', 5)).toBeNull();
  });

  test.each(
    [ROBFIG, GO_CRON].flatMap((reader) =>
      [
        '0 0 1 * *',
        '0 0 1 3 *',
        '0 0 29 2 *',
        '*/15 0,23 * * *',
        '3 0 1,31 1-4 1',
        '0 2 */10 * MON',
        '0 0 * 3 1',
        '7 */5 1 * *',
      ].map((expression) => [expression, reader.name, reader] as const),
    ),
  )(
    'meets each firing of %s as %s reads it, and none besides, over two years and more',
    (expression, _name, reader) => {
      const lead = 5 * 60_000;
      const reading = read(expression, reader);
      const from = Date.UTC(2027, 2, 31, 12);
      const until = from + 800 * 86_400_000;
      const times = (of: CronReading, as: CronReader, after: number): number[] => {
        const found: number[] = [];
        for (let at = after; at < until; at = found.at(-1) ?? until) {
          const next = nextTimes(of, as, new Date(at), 500).map((time) => time.getTime());
          if (next.length === 0) break;
          found.push(...next);
        }
        return found.filter((at) => at < until);
      };
      const witnesses = (cronEarlier(reading, 5) ?? []).flatMap((cron) => {
        const [minute = '', hour = '', day = '', month = '', weekday = '', years = '*'] = cron.split(' ');
        const taken = years === '*' ? () => true : years.startsWith('2004') ? isLeap : (year: number) => !isLeap(year);
        const fives = read([minute, hour, day, month, weekday].join(' '), TEMPORAL);
        return times(fives, TEMPORAL, from - lead).filter((at) => taken(new Date(at).getUTCFullYear()));
      });
      const expected = times(reading, reader, from).map((at) => at - lead);
      expect(expected.length).toBeGreaterThan(0);
      expect([...new Set(witnesses)].filter((at) => at < until - lead).sort((a, b) => a - b)).toEqual(
        expected.filter((at) => at < until - lead),
      );
    },
  );
});

function isLeap(year: number): boolean {
  return year % 4 === 0;
}
