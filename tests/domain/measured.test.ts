import { describe, expect, test } from '@jest/globals';
import {
  measuredText,
  measureStatuses,
  progressOf,
  progressText,
  unknown,
  type MeasureReading,
  type MeasureStatus,
} from '../../src/domain/measured.ts';

const TIME = '2026-01-01T00:00:00.000Z';
const at = (value: number | null) => (value === null ? unknown('refused the connection', TIME) : { value, time: TIME });
const status = (before: number | null, after: number | null, more: Partial<MeasureStatus> = {}): MeasureStatus => ({
  ...{ name: 'm', title: 'M', before: at(before), after: at(after), ...more },
});

describe('a measure for people', () => {
  test.each<[number | null, string | undefined, string]>([
    [76, undefined, '76'],
    [76, 'pods', '76 pods'],
    [0.123456, undefined, '0.123'],
    [-3, 'K', '-3 K'],
    [145 * 2 ** 30, 'bytes', '145 GiB'],
    [1536, 'bytes', '1.5 KiB'],
    [1023, 'bytes', '1023 bytes'],
    [0, 'bytes', '0 bytes'],
    [2 ** 70, 'bytes', '1048576 PiB'],
    [null, 'bytes', 'unknown'],
  ])('%p %s is %s', (value, unit, text) => {
    expect(measuredText(at(value), unit)).toBe(text);
  });

  test('says where it was only simulated, and nothing where it was not read', () => {
    expect(measuredText({ value: 3, how: 'simulated', time: TIME })).toBe('3 (simulated)');
    expect(measuredText(null)).toBe('');
  });

  test.each<[number | null, number | null, MeasureStatus['better'], string, string | null]>([
    [20, 76, 'higher', '+56, better', 'better'],
    [20, 76, 'lower', '+56, worse', 'worse'],
    [15, 0, 'lower', '−15, better', 'better'],
    [15, 0, 'higher', '−15, worse', 'worse'],
    [15, 16, undefined, '+1', 'changed'],
    [15, 15, 'higher', 'unchanged', 'same'],
    [null, 15, 'higher', '', null],
    [15, null, 'higher', '', null],
  ])('from %p to %p, where %s is better: %s', (before, after, better, text, progress) => {
    const one = status(before, after, better === undefined ? {} : { better });
    expect([progressText(one), progressOf(one)]).toEqual([text, progress]);
  });

  test('keeps only so much of why it is unknown', () => {
    expect(unknown('x'.repeat(10_000), TIME).why).toHaveLength(301);
  });
});

describe('the measures of a run', () => {
  const reading = (name: string, value: number): MeasureReading => ({
    name,
    title: name,
    value,
    time: TIME,
    source: 's',
  });

  test('come together by name, whenever they were read', () => {
    expect(measureStatuses({ before: [reading('a', 1)], after: [reading('b', 2), reading('a', 3)] })).toEqual([
      { name: 'a', title: 'a', before: at(1), after: at(3) },
      { name: 'b', title: 'b', before: null, after: at(2) },
    ]);
    expect(measureStatuses({})).toEqual([]);
  });
});
