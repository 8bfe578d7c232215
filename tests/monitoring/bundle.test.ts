import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { rolloutOf } from '../bundle/scratch.ts';

const STEP = `    - name: monitoring
      steps:
        - name: watched
          kind: monitoring.verify
          target: metrics
          with: { sources: [watching] }
`;
const RULES = 'groups: [{ name: g, rules: [{ alert: Down, expr: up == 0 }] }]\n';

/** The sound rollout of the fixtures with such a step and these files. */
async function loaded(files: Readonly<Record<string, string>>) {
  const base = new URL('../fixtures/rollouts/bad-input/base/', import.meta.url);
  const [rollout, environment] = await Promise.all(
    ['rollout.yaml', 'environments/lab.yaml'].map((file) => readFile(new URL(file, base), 'utf8')),
  );
  const withTarget = (text: string, target: string) => text.replace(/^( +)targets:\n/m, `$&$1  ${target}\n`);
  await using directory = await rolloutOf(null, {
    'rollout.yaml': withTarget(rollout!, 'metrics: { kind: http }') + STEP,
    'environments/lab.yaml': withTarget(environment!, 'metrics: { kind: http, url: { fromEnv: WINDLASS_TEST_URL } }'),
    ...files,
  });
  const result = await loadRollout(directory.path, 'lab');
  return result.ok ? [...result.files.keys()] : result.problems.map(problemLine);
}

describe('files with dashboards and rules', () => {
  test('are in the bundle, be they objects of Kubernetes or not', async () => {
    const map = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: rules }\ndata:\n  r.yaml: |\n    ${RULES}`;
    const all = await loaded({ 'watching/rules.yaml': RULES, 'watching/map.yaml': map });
    expect(all).toEqual(expect.arrayContaining(['watching/map.yaml', 'watching/rules.yaml']));
  });

  test('are refused where nothing in them asks anything, or they do not read', async () => {
    expect(await loaded({ 'watching/other.yaml': 'some: thing\n' })).toEqual([
      expect.stringMatching(/^rollout\.yaml:\d+:\d+: there is no dashboard of Grafana and no rule in "watching"$/),
    ]);
    expect(await loaded({ 'watching/rules.yaml': 'groups: [\n' })).toContainEqual(
      expect.stringMatching(/^watching\/rules\.yaml:\d+:\d+: /),
    );
  });
});
