import { describe, expect, test } from '@jest/globals';
import { cronProblem } from '../../src/domain/cron.ts';

describe('a cron expression', () => {
  test.each([
    '0 2 * * *',
    '*/5 * * * *',
    '0 0 1,15 jan-jun mon-fri',
    '0 0 29 2 *',
    '0 0 31 2 mon',
    '5/15 * * * *',
    '@daily',
    '@every 5s',
    '@every 1h30m',
  ])('that fires is fine: %s', (text) => {
    expect(cronProblem(text)).toBeNull();
  });

  test.each([
    ['0 0 30 2 *', /never fires/],
    ['0 0 31 4,6,9,11 *', /never fires/],
    ['0 2 * *', /five fields, and has 4/],
    ['60 2 * * *', /^minute: "60"/],
    ['0 24 * * *', /^hour: "24"/],
    ['0 0 0 * *', /^day of the month: "0"/],
    ['0 0 * dez *', /^month: "dez"/],
    ['0 0 * * 8', /^day of the week: "8"/],
    ['30-10 * * * *', /^minute: "30-10"/],
    ['*/0 * * * *', /^minute: "\*\/0"/],
    ['', /five fields/],
    ['@every 0s', /@every with a duration/],
    ['@often', /@every with a duration/],
  ])('that never fires is refused with the reason: %s', (text, why) => {
    expect(cronProblem(text)).toMatch(why);
  });
});
