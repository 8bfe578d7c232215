import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { durationMs, formatDuration } from '../../src/domain/duration.ts';
import { failureLine, WindlassFailure } from '../../src/domain/failure.ts';
import { parseMigrationName } from '../../src/domain/migration-name.ts';
import { referenceLabel } from '../../src/domain/reference.ts';

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['4h', 14_400_000],
    ['5ms', 5],
    ['2d', 172_800_000],
  ])('%s is %i ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  test.each(['', '0s', '4', 'h', '1.5h', '-1s', '4 h', '1h30m'])('"%s" is none', (text) => {
    expect(() => durationMs(text)).toThrow(RangeError);
  });

  test.each([
    [850, '850 ms'],
    [12_340, '12.3 s'],
    [59_999, '1 min 0 s'],
    [245_000, '4 min 5 s'],
    [119_999, '2 min 0 s'],
    [7_380_000, '2 h 3 min'],
    [7_199_999, '2 h 0 min'],
  ])('%i ms reads %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('never show sixty of a smaller unit', () => {
    fc.assert(
      fc.property(fc.nat(200_000_000), (ms) => {
        expect(formatDuration(ms)).not.toMatch(/\b60(\.0)? (s|min)$/);
      }),
    );
  });
});

describe('names of migration files', () => {
  test.each([
    ['V1__init.sql', '1', 'init'],
    ['V3.2.0__scheduler_schema.sql', '3.2', 'scheduler schema'],
    ['V007.010__x.sql', '7.10', 'x'],
  ])('%s is version %s: %s', (name, version, description) => {
    expect(parseMigrationName(name)).toEqual({ kind: 'versioned', version, description });
  });

  test.each([
    'V1_init.sql',
    'v1__init.sql',
    'V__init.sql',
    'V1__.sql',
    'V1__init.SQL',
    'V1__init.sql.bak',
    'V1.__x.sql',
  ])('%s is none', (name) => {
    expect(parseMigrationName(name)).toBeNull();
  });
});

describe('a failure', () => {
  const failure = new WindlassFailure('TargetUnreachable', 'It did not answer.', {
    object: 'bucket b',
    next: 'Check its address.',
    cause: new Error('secret in a header'),
  });

  test('says on itself whether it is retried, and keeps its cause to itself', () => {
    expect(failure.summary()).toEqual({
      type: 'TargetUnreachable',
      message: 'It did not answer.',
      object: 'bucket b',
      next: 'Check its address.',
      retryable: true,
    });
    expect(JSON.stringify(failure.summary())).not.toContain('secret');
  });

  test('is one line for people', () => {
    expect(failureLine(failure.summary())).toBe(
      'TargetUnreachable (bucket b): It did not answer. Next: Check its address.',
    );
  });
});

test('a reference is named, never its value', () => {
  expect(referenceLabel({ fromEnv: 'A' })).toBe('environment variable A');
  expect(referenceLabel({ fromFile: '/run/a' })).toBe('file /run/a');
  expect(referenceLabel({ fromEnvFile: 'A_FILE' })).toBe('file named by environment variable A_FILE');
});
