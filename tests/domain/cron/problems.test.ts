import { describe, expect, test } from '@jest/globals';
import { isReadAlike, neverComes, readDrillCron, readVeleroCron } from '../../../src/domain/cron/problems.ts';

describe('the schedule of a backup', () => {
  test.each([
    '0 2 * * *',
    '*/5 * * * *',
    '0 0 1,15 jan-jun *',
    '0 0 29 2 *',
    '0 2 ? * *',
    '0 2 * * */2',
    '5/15 * * * *',
    '@daily',
    '@every 5s',
    '@every 1h30m',
  ])('that every Velero reads alike is fine: %s', (text) => {
    expect(readVeleroCron(text)).toMatchObject({});
  });

  test.each([
    [
      '0 2 1 * 1',
      /Velero before 1\.18\.3 fires on day of the month 1, or day of the week 1 .*Velero 1\.18\.3 fires on day of the month 1 and day of the week 1 at minute 0 of hour 2/,
    ],
    ['0 2 */2 * 1', /read differently/],
    [
      '0 2 * * 7',
      /Velero before 1\.18\.3 refuses it \(day of the week: "7".*Velero 1\.18\.3 fires on day of the week 0/,
    ],
    ['0 2 * * 1/2', /read differently/],
    ['0 22-2 * * *', /before 1\.18\.3 refuses it/],
    ['*/90 * * * *', /1\.18\.3 refuses it/],
    ['@manual', /before 1\.18\.3 refuses it .*1\.18\.3 never fires/],
  ])('that versions of Velero read differently is refused with both readings: %s', (text, why) => {
    expect(readVeleroCron(text)).toMatch(why);
    expect(readVeleroCron(text)).toMatch(/veleroVersion/);
  });

  test('is read as the version that runs it reads it, once that is said', () => {
    const either = readVeleroCron('0 2 1 * 1', '1.18.2');
    const both = readVeleroCron('0 2 1 * 1', 'v1.18.3');
    expect(either).toMatchObject({ on: [{ days: [1] }, { weekdays: [1] }] });
    expect(both).toMatchObject({ on: [{ days: [1], weekdays: [1] }] });
    expect(readVeleroCron('0 2 * * 7', '1.17.0')).toMatch(/^day of the week: "7"/);
    expect(readVeleroCron('*/90 * * * *', '1.18.3')).toMatch(/^minute: "\*\/90"/);
  });

  test.each([
    ['0 0 30 2 *', undefined],
    ['0 0 31 4,6,9,11 *', undefined],
    ['0 2 , * *', undefined],
    ['0 0 31 2 1', '1.18.3'],
    ['0 30-5 * * *', '1.18.3'],
    ['@none', '1.18.3'],
  ])('that never comes is refused, for Velero backs up every minute then: %s', (text, version) => {
    expect(readVeleroCron(text, version)).toMatch(/^never fires: .*every minute/);
  });

  test('that comes more rarely than Velero looks ahead is refused too', () => {
    expect(readVeleroCron('0 0 29 2 1', '1.18.3')).toMatch(/^fires once in 28 years, .*every minute/);
  });

  test.each([
    ['0 2 * *', /five fields, and has 4/],
    ['60 2 * * *', /^minute: "60"/],
    ['0 24 * * *', /^hour: "24"/],
    ['0 0 0 * *', /^day of the month: "0"/],
    ['0 0 * dez *', /^month: "dez"/],
    ['0 0 * * 8', /^day of the week: "8"/],
    ['*/0 * * * *', /^minute: "\*\/0"/],
    ['', /five fields/],
    ['@often', /@every with a duration/],
    ['CRON_TZ=Europe/Berlin 0 2 * * *', /must be in UTC/],
  ])('that no Velero takes is refused with the reason: %s', (text, why) => {
    expect(readVeleroCron(text)).toMatch(why);
  });
});

describe('the time of a drill', () => {
  test.each([
    '0 4 * * *',
    '0 4 1 * mon',
    '0 4 * * 7',
    '0 4 * * monday',
    '*/90 * * * *',
    '@daily',
    '@every 1d',
    '@every 6h/1h',
  ])('is what Temporal takes: %s', (text) => {
    expect(readDrillCron(text)).toMatchObject({});
  });

  test('is on days that are in both fields, as Temporal reads them', () => {
    expect(readDrillCron('0 4 1 * mon')).toMatchObject({ on: [{ days: [1], weekdays: [1] }] });
  });

  test.each([
    ['0 0 30 2 *', /^never fires/],
    ['0 4 ? * *', /^day of the month: "\?"/],
    ['0 4 * * 1-7', /^day of the week: "1-7" loses its Sunday/],
    ['0 4 * * 5#3', /^day of the week: "5#3"/],
    ['0 0 4 * * *', /five fields, and has 6/],
    ['TZ=Europe/Berlin 0 4 * * *', /must be in UTC/],
    ['@every 0s', /@every with a duration/],
  ])('is refused with the reason: %s', (text, why) => {
    expect(readDrillCron(text)).toMatch(why);
  });
});

describe('the schedule of an object that somebody wrote', () => {
  test('counts as never where one reader of its kind never fires', () => {
    expect(neverComes('Schedule', '0 0 31 2 1')).toMatch(/^never fires.*every minute/);
    expect(neverComes('CronJob', '0 0 31 2 1')).toBeNull();
    expect(neverComes('CronJob', 'TZ=UTC 59 23 31 2 *')).toMatch(/^never fires.*no Job/);
    expect(neverComes('Schedule', '0 2 1 * 1')).toBeNull();
    expect(neverComes('CronJob', 'often')).toBeNull();
  });
});

test('two versions of Velero are told apart by what this schedule means to them, not by what reads it', () => {
  expect(isReadAlike('0 2 * * *', '1.17.0', '1.18.3')).toBe(true);
  // On the 1st and on Mondays, or on Mondays that are a 1st.
  expect(isReadAlike('0 2 1 * 1', '1.17.0', '1.18.3')).toBe(false);
  expect(isReadAlike('0 2 1 * 1', '1.16.0', '1.17.0')).toBe(true);
  expect(isReadAlike('0 2 * * 7', 'v1.17.0', 'v1.18.3')).toBe(false);
  // A build of somebody's own is taken at the step's word.
  expect(isReadAlike('0 2 1 * 1', 'main', '1.18.3')).toBe(true);
});
