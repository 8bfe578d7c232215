import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stage, type Stage } from './support/stage.ts';
import { windlass, windlassJson } from './support/windlass.ts';
let set: Stage;
beforeAll(async () => {
  set = await stage();
});
afterAll(() => set.close());

/** The rollout file with one part of it replaced, as long as `work` takes. */
async function withRollout<T>(from: string, to: string, work: () => Promise<T>): Promise<T> {
  const path = join(set.rollout, 'rollout.yaml');
  const before = await readFile(path, 'utf8');
  expect(before).toContain(from);
  await writeFile(path, before.replace(from, to));
  try {
    return await work();
  } finally {
    await writeFile(path, before);
  }
}

describe('a rollout that is wrong', () => {
  test.each([
    ['an unknown step kind', 'kind: objectstore.bucket', 'kind: objectstore.buckett', /objectstore\.buckett/],
    ['an unknown field', 'readyWithin: 2m', 'readyWithn: 2m', /readyWithn/],
    [
      'a cycle in needs',
      '- name: application\n',
      '- name: application\n      needs: [storage]\n',
      /wait for each other: application -> storage -> application/,
    ],
    ['a missing file', 'manifests: [manifests]', 'manifests: [manifest]', /manifest/],
    ['a parameter without a value', '      default: 2\n', '', /parameter "replicas" has no value/],
  ])('with %s is refused with the place to mend', async (_what, from, to, message) => {
    const outcome = await withRollout(from, to, () => windlass(['validate', set.rollout]));
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toMatch(/rollout\.yaml:[1-9]\d*:[1-9]\d*/);
  });

  test('is refused with every problem in one document', async () => {
    const { code, document } = await withRollout('kind: kubernetes.apply', 'kind: kubernetes.aply', () =>
      withRollout('kind: objectstore.bucket', 'kind: objectstore.buckett', () =>
        windlassJson(['start', set.rollout, '--environment', 'lab'], set.settings),
      ),
    );
    expect(code).toBe(2);
    const problem = (kind: string) => ({
      file: join(set.rollout, 'rollout.yaml'),
      line: expect.any(Number),
      column: expect.any(Number),
      message: expect.stringContaining(`unknown step kind "${kind}"`),
    });
    expect(document).toMatchObject({
      error: {
        type: 'InvalidRollout',
        retryable: false,
        facts: { problems: [problem('kubernetes.aply'), problem('objectstore.buckett')] },
      },
    });
  });

  test('for an environment that does not exist names those that do', async () => {
    const outcome = await windlass(['validate', set.rollout, '--environment', 'labb']);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(/labb.*lab/);
  });
});

describe('wrong usage', () => {
  test.each([
    ['an unknown verb', ['strat', 'x']],
    ['a missing argument', ['start', '--environment', 'lab']],
    ['a missing environment', ['start', 'x']],
    ['a parameter without a value', ['plan', 'x', '--environment', 'lab', '--set', 'a']],
  ])('such as %s exits with 2 and says so as JSON too', async (_what, args) => {
    const { code, document } = await windlassJson(args);
    expect(code).toBe(2);
    expect(document).toMatchObject({ error: { type: 'WrongUsage' } });
  });
});

describe('a target that cannot be reached', () => {
  // The discard port: nobody listens on it.
  const nowhere = 'http://127.0.0.1:9';

  test('ends a plan with 3, names it, and still plans the other steps', async () => {
    const { code, document } = await windlassJson(['plan', set.rollout, '--environment', 'lab'], {
      WINDLASS_LAB_S3_ENDPOINT: nowhere,
    });
    expect(code).toBe(3);
    const unreachable = { type: 'TargetUnreachable', message: expect.stringContaining('127.0.0.1:9') };
    expect(document).toMatchObject({
      error: unreachable,
      steps: [
        { step: 'greeter', failure: null },
        { step: 'uploads', failure: unreachable },
      ],
    });
  });

  test('a Temporal that cannot be reached ends every verb that needs it with 3', async () => {
    const outcome = await windlass(['status', set.name, '--environment', 'lab'], { TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(outcome.code).toBe(3);
    expect(outcome.stderr).toContain('next:');
  });

  test('a rollout that never ran is not found', async () => {
    const { code, document } = await windlassJson(['status', set.name, '--environment', 'lab'], set.settings);
    expect(code).toBe(1);
    expect(document).toMatchObject({ error: { type: 'NotFound' } });
  });
});
