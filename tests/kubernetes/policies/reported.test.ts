import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../../src/domain/json.ts';
import { reportedOf } from '../../../src/kubernetes/policies/reported.ts';

const report = (name: string, ...results: readonly [string, string][]): JsonObject => ({
  metadata: { namespace: 'data', name: `report-of-${name}` },
  scope: { apiVersion: 'v1', kind: 'Pod', namespace: 'data', name },
  results: results.map(([policy, result]) => ({ policy, result })),
});

describe('what reports tell of a policy', () => {
  test('is what it passes, what it would refuse, and what none of them tells of', () => {
    const reports = [
      report('b', ['pinned', 'fail'], ['limits', 'pass']),
      report('a', ['pinned', 'error']),
      report('c', ['pinned', 'pass'], ['pinned', 'skip']),
    ];
    expect(reportedOf('pinned', ['Pod data/d', 'Pod data/a', 'Pod data/b'], reports)).toEqual({
      policy: 'pinned',
      passed: 2,
      against: [
        { object: 'Pod data/a', result: 'error' },
        { object: 'Pod data/b', result: 'fail' },
      ],
      unseen: ['Pod data/d'],
    });
  });

  test('has an object for each that a result names, in place of what the report is about', () => {
    const results = [
      {
        policy: 'pinned',
        result: 'warn',
        resources: [
          { kind: 'Namespace', name: 'x' },
          { kind: 'Pod', namespace: 'y', name: 'z' },
        ],
      },
    ];
    const { against } = reportedOf('pinned', [], [{ results }]);
    expect(against.map(({ object }) => object)).toEqual(['Namespace x', 'Pod y/z']);
  });

  test('is an error where a result does not say what it is', () => {
    const { against } = reportedOf(
      'pinned',
      [],
      [{ scope: { kind: 'Pod', name: 'a' }, results: [{ policy: 'pinned' }] }],
    );
    expect(against).toEqual([{ object: 'Pod a', result: 'error' }]);
  });
});
