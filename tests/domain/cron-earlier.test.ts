import { describe, expect, test } from '@jest/globals';
import { cronEarlier } from '../../src/domain/cron-earlier.ts';
import { cronProblem } from '../../src/domain/cron.ts';

describe('what fires a while before a cron expression', () => {
  test.each([
    ['0 2 * * *', 10, ['50 1 * * *']],
    ['@daily', 10, ['50 23 * * *']],
    ['@hourly', 5, ['55 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22 * * *', '55 23 * * *']],
    ['*/15 * * * *', 5, undefined],
    ['0 0 * * mon', 10, ['50 23 * * 0']],
    ['0 0 1 * *', 10, ['50 23 31 12 *', '50 23 31 1 *', '50 23 28 2 *', '50 23 29 2 *', '50 23 31 3 *']],
    ['5 0 2 3 *', 10, ['55 23 1 3 *']],
    ['30 6 15 * fri', 60, ['30 5 15 * *', '30 5 * * 5']],
    ['0 12 1 * *', 0, ['0 12 1 * *']],
  ])('%s less %i minutes', (expression, minutes, expected) => {
    const earlier = cronEarlier(expression, minutes) ?? [];
    expect(earlier).toEqual(expect.arrayContaining(expected ?? []));
    for (const one of earlier) expect(cronProblem(one)).toBeNull();
  });

  test('fires as often: a quarter-hourly one stays quarter-hourly', () => {
    const moments = (cronEarlier('*/15 * * * *', 5) ?? []).flatMap((cron) => {
      const [minutes = '', hours = ''] = cron.split(' ');
      const list = hours === '*' ? Array.from({ length: 24 }, (_, hour) => String(hour)) : hours.split(',');
      return list.flatMap((hour) => minutes.split(',').map((minute) => `${hour}:${minute}`));
    });
    expect(new Set(moments).size).toBe(96);
    expect(moments).toEqual(expect.arrayContaining(['0:10', '0:25', '0:40', '0:55', '23:55']));
  });

  test('is not to be told of intervals, which have no times by the clock', () => {
    expect(cronEarlier('@every 1h', 5)).toBeNull();
  });
});
