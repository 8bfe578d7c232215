import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { rolloutOf } from '../bundle/scratch.ts';
import { workflowText } from './support.ts';

const STEP = `    - name: orchestration
      steps:
        - name: project
          kind: dolphinscheduler.project
          target: scheduler
          with:
            user: admin
            password: { fromEnv: WINDLASS_TEST_PASSWORD }
            project: Commodity
            workflows: [workflows]
            run: { workflow: daily }
`;

/** The sound rollout of the fixtures with such a step and these files of workflows. */
async function loaded(files: Readonly<Record<string, string>>) {
  const base = new URL('../fixtures/rollouts/bad-input/base/', import.meta.url);
  const [rollout, environment] = await Promise.all(
    ['rollout.yaml', 'environments/lab.yaml'].map((file) => readFile(new URL(file, base), 'utf8')),
  );
  const withTarget = (text: string, target: string) => text.replace(/^( +)targets:\n/m, `$&$1  ${target}\n`);
  await using directory = await rolloutOf(null, {
    'rollout.yaml': withTarget(rollout!, 'scheduler: { kind: http }') + STEP,
    'environments/lab.yaml': withTarget(environment!, 'scheduler: { kind: http, url: { fromEnv: WINDLASS_TEST_URL } }'),
    ...files,
  });
  return await loadRollout(directory.path, 'lab');
}
async function problems(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const result = await loaded(files);
  return result.ok ? [] : result.problems.map(problemLine);
}

describe('files of workflows', () => {
  test('are in the bundle as they are', async () => {
    const result = await loaded({ 'workflows/daily.yaml': workflowText('daily') });
    expect(result.ok && result.files.get('workflows/daily.yaml')).toBe(workflowText('daily'));
  });

  test('are refused at their place: an unknown type of task, an unknown field, a cycle', async () => {
    const wrong = workflowText('daily').replace('type: SHELL', 'type: SHEL');
    expect(await problems({ 'workflows/daily.yaml': wrong })).toContainEqual(
      expect.stringMatching(/^workflows\/daily\.yaml:3:\d+: unknown type "SHEL" \(did you mean "SHELL"\?\)/),
    );
    const field = workflowText('daily', 'shedule: {}\n');
    expect(await problems({ 'workflows/daily.yaml': field })).toContainEqual(
      expect.stringMatching(/^workflows\/daily\.yaml:2:1: unknown field "shedule" \(did you mean "schedule"\?\)/),
    );
    const cycle = workflowText('daily').replace('script: "echo hi"', 'script: "echo hi", after: [load]');
    expect(await problems({ 'workflows/daily.yaml': cycle })).toContainEqual(
      expect.stringMatching(/^workflows\/daily\.yaml:\d+:\d+: tasks wait for each other: /),
    );
  });

  test('are refused together: two of a name, and a run of none', async () => {
    expect(
      await problems({ 'workflows/a.yaml': workflowText('daily'), 'workflows/b.yaml': workflowText('daily') }),
    ).toEqual(['workflows/b.yaml:1:1: a second workflow named "daily"; the first is in workflows/a.yaml']);
    expect(await problems({ 'workflows/a.yaml': workflowText('dayly') })).toEqual([
      expect.stringMatching(/^rollout\.yaml:\d+:\d+: no file has a workflow "daily" \(did you mean "dayly"\?\)$/),
    ]);
  });

  test('are refused where they hold an address with a password, which is not repeated', async () => {
    const script = workflowText('daily', '', 'psql postgres://user:s3cret@db/prices');
    const found = await problems({ 'workflows/a.yaml': script });
    expect(found).toEqual([expect.stringMatching(/^workflows\/a\.yaml:3:\d+: holds an address with a password/)]);
    expect(found.join('')).not.toContain('s3cret');
  });
});
