import { describe, expect, test } from '@jest/globals';
import { readManifests } from '../../src/bundle/checks/manifests.ts';
import { isClusterScoped } from '../../src/manifests/cluster-scoped.ts';
import { probeKind } from '../../src/domain/kinds/probe.ts';

const readFile = (text: string) => {
  const { problems, notes } = readManifests(text, ({ line }, message) => ({ file: 'a', line, column: 1, message }));
  return { problems: problems.map(({ message }) => message), notes: notes.map(({ message }) => message) };
};

describe('a schedule that never comes', () => {
  const NEVER = '0 0 30 2 *';
  const object = (apiVersion: string, kind: string, more: string) =>
    readFile(
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\nspec: { schedule: '${NEVER}'${more} }\n`,
    );

  test('is refused of Velero, which then backs up every minute, and a note of a CronJob', () => {
    expect(object('velero.io/v1', 'Schedule', '')).toEqual({
      problems: [expect.stringContaining('never fires')],
      notes: [],
    });
    expect(object('batch/v1', 'CronJob', '')).toEqual({
      problems: [],
      notes: [expect.stringContaining('never fires')],
    });
  });

  test('is fine where it is paused or suspended', () => {
    expect(object('velero.io/v1', 'Schedule', ', paused: true')).toEqual({ problems: [], notes: [] });
    expect(object('batch/v1', 'CronJob', ', suspend: true')).toEqual({ problems: [], notes: [] });
    expect(object('batch/v1', 'CronJob', ', suspend: false').notes).toHaveLength(1);
    expect(object('velero.io/v1', 'Schedule', ', suspend: true').problems).toHaveLength(1);
  });
});

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'the name %s is none that a table knows',
  (name) => {
    expect(isClusterScoped(name, name)).toBe(false);
    expect(probeKind.targetsBy?.({ protocol: name })).toBeNull();
    expect(probeKind.targetsBy?.({ protocol: [name] })).toBeNull();
  },
);
