import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { asToldBefore } from '../../src/bundle/told.ts';
import { findStep } from '../../src/domain/bundle.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { MadeUp } from '../../src/domain/made-up.ts';
import type { AskCluster, ChartRequest, ClusterFacts, Invention, Renderer } from '../../src/domain/rendering.ts';
import { scratchDirectory } from './scratch.ts';

// What the renderer tells of a chart is made up here, as tools/render/chart-renderer tells it.

const RANDOM: MadeUp = { kind: 'random', alphabet: 'alphanumeric', length: 12 };
const AUTHORITY: MadeUp = {
  ...{ kind: 'certificate', commonName: 'ca', addresses: [], names: [], days: 365, authority: true, signer: null },
};
const SIGNED: MadeUp = { ...AUTHORITY, commonName: 'shop', authority: false, signer: 0 };

/** The text that stands for a value in the rendering of a seed. */
const text = (seed: string, value: number, part = 'text') => `made${seed}up${String(value)}${part}`;
const inventions = (seed: string, values: readonly (MadeUp | null)[]): readonly Invention[] =>
  values.map((value, index) => {
    const parts = value?.kind === 'certificate' ? ['cert', 'key'] : ['text'];
    return { value, parts: Object.fromEntries(parts.map((part) => [part, text(seed, index, part)])) };
  });

/** A chart that makes these values up, and comes to these objects. */
function chartOf(values: readonly (MadeUp | null)[], objects: (seed: string) => readonly JsonObject[]): Renderer {
  return {
    chart: ({ seed, served }) =>
      Promise.resolve({
        ok: true,
        documents: objects(seed).map((value) => ({ source: 'shop/templates/all.yaml', value })),
        facts: {
          inventions: inventions(seed, values),
          named: (served ?? []).filter((one) => one.startsWith('apps/')),
          asksVersions: true,
          asksKubeVersion: false,
        },
      }),
    kustomization: () => Promise.reject(new Error('nothing is asked of kustomize here')),
  };
}

const object = (kind: string, more: JsonObject, name = 'a'): JsonObject => ({
  ...{ apiVersion: 'v1', kind, metadata: { name }, ...more },
});
const base64 = (value: string) => Buffer.from(value).toString('base64');

async function loaded(renderer: Renderer, step: object = {}, clusters?: AskCluster) {
  await using scratch = await scratchDirectory();
  const common = { apiVersion: 'windlass.dev/v1alpha1' };
  const settings = { helm: { chart: 'shop', release: 'r' }, namespace: 'shop', ...step };
  const steps = [{ name: 'shop', kind: 'kubernetes.apply', target: 'cluster', with: settings }];
  const targets = { cluster: { kind: 'kubernetes' } };
  const files = {
    'rollout.yaml': { kind: 'Rollout', metadata: { name: 'test' }, spec: { targets, phases: [{ name: 'p', steps }] } },
    'environments/lab.yaml': { kind: 'Environment', metadata: { name: 'lab' }, spec: { targets } },
    'shop/Chart.yaml': { name: 'shop', version: '1.0.0' },
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(scratch.path, path)), { recursive: true });
    await writeFile(join(scratch.path, path), stringify({ ...common, ...content }));
  }
  const options = { parameters: {}, renderer, ...(clusters === undefined ? {} : { clusters }) };
  return await loadRollout(scratch.path, 'lab', options);
}

async function bundle(...given: Parameters<typeof loaded>): Promise<LoadedRollout> {
  const one = await loaded(...given);
  if (!one.ok) throw new Error(one.problems.map(problemLine).join('\n'));
  return one;
}

async function problems(...given: Parameters<typeof loaded>): Promise<readonly string[]> {
  const one = await loaded(...given);
  return one.ok ? [] : one.problems.map(({ message }) => message);
}

const keepingOf = ({ bundle: { phases } }: LoadedRollout) =>
  (findStep({ phases } as never, 'p', 'shop')?.with as { keeping?: unknown }).keeping;

describe('what a chart makes up', () => {
  test('is described in the bundle, with its places, and is not in it', async () => {
    const one = await bundle(
      chartOf([null, RANDOM], (seed) => [
        object('Secret', { data: { password: base64(text(seed, 1)) }, stringData: { again: text(seed, 1) } }),
      ]),
    );
    const at = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'a' };
    const parts = [{ value: 0, part: 'text', as: [] }];
    expect(keepingOf(one)).toEqual({
      values: [RANDOM],
      places: [
        { object: at, path: ['data', 'password'], parts },
        { object: at, path: ['data', 'again'], parts },
      ],
    });
    expect(JSON.stringify([one.bundle, ...one.files])).not.toContain(text('1', 1));
    expect(one.notes.map(({ message }) => message)).toEqual([
      expect.stringContaining('the chart makes up "password", "again" of Secret a'),
    ]);
  });

  test('may be a certificate in the open; its authority is described too', async () => {
    const one = await bundle(
      chartOf([AUTHORITY, SIGNED], (seed) => [
        object('ConfigMap', { data: { ca: base64(text(seed, 0, 'cert')) } }),
        object('Secret', { stringData: { 'tls.key': text(seed, 1, 'key') } }, 'tls'),
      ]),
    );
    const { values } = keepingOf(one) as { values: readonly { commonName: string; signer: number | null }[] };
    const signed = values.find(({ commonName }) => commonName === 'shop');
    expect(values).toHaveLength(2);
    expect(values[signed?.signer ?? -1]).toMatchObject({ commonName: 'ca', signer: null });
    expect([...one.files.values()].join('')).toContain('ca: ""');
  });

  test.each([
    ['a password in a ConfigMap', [RANDOM], (seed: string) => ({ data: { x: text(seed, 0) } }), 'data.x'],
    ['a key of a certificate', [AUTHORITY], (seed: string) => ({ data: { x: text(seed, 0, 'key') } }), 'data.x'],
    ['what is derived of it', [null], (seed: string) => ({ data: { x: `hash of ${seed}` } }), 'data.x'],
  ])('is refused in the open: %s', async (_what, values, more, field) => {
    expect(await problems(chartOf(values, (seed) => [object('ConfigMap', more(seed))]))).toEqual([
      expect.stringContaining(`ConfigMap a (shop/templates/all.yaml) has another ${field} every time`),
    ]);
  });

  test('may differ in a checksum, which stays that of the first rendering', async () => {
    const hash = (seed: string) => seed.repeat(64);
    const one = await bundle(
      chartOf([RANDOM], (seed) => [
        { ...object('ConfigMap', {}), metadata: { name: 'a', annotations: { 'checksum/secret': hash(seed) } } },
      ]),
    );
    expect([...one.files.values()].join('')).toContain(hash('1'));
  });

  test('is refused in a Secret where it cannot be followed, without the value', async () => {
    const found = await problems(
      chartOf([null], (seed) => [object('Secret', { stringData: { auth: `user:${text(seed, 0)}` } })]),
    );
    expect(found).toEqual([expect.stringContaining('has under "auth" bytes, or what is derived of a value')]);
    expect(found[0]).not.toContain('made1up');
  });
});

describe('a text of a Secret that is always the same', () => {
  const config = (content: string) => chartOf([], () => [object('Secret', { stringData: { 'app.conf': content } })]);
  const asRendered = { secrets: { a: { 'app.conf': { asRendered: true } } } };

  test('is refused until the step says that it holds no secret', async () => {
    expect(await problems(config('port = 80'))).toEqual([expect.stringContaining('{ asRendered: true }')]);
    expect(keepingOf(await bundle(config('port = 80'), asRendered))).toMatchObject({
      places: [{ path: ['data', 'app.conf'], parts: ['port = 80'] }],
    });
  });

  test.each([
    ['password: hunter2'],
    ['db.password=hunter2'],
    ['{"port": 80, "api_key": "hunter2"}'],
    ['postgres://app:hunter2@db/app'],
    ['-----BEGIN RSA PRIVATE KEY-----\nhunter2'],
  ])('is refused all the same with a secret in it: %j', async (content) => {
    const [problem] = await problems(config(content), asRendered);
    expect(problem).toContain('has, as rendered, a secret value under "app.conf"');
    expect(problem).not.toContain('hunter2');
  });
});

describe('what a chart asks of its cluster', () => {
  const facts: ClusterFacts = { kubeVersion: 'v1.34.2', apiVersions: ['apps/v1', 'apps/v1/Deployment', 'v1'] };
  const clusters: AskCluster = () => Promise.resolve({ facts });

  test('is recorded, no more than it asks for, and comes to the same bundle without the cluster', async () => {
    const asked: ChartRequest[] = [];
    const chart = chartOf([], () => [object('ConfigMap', { data: { a: '1' } })]);
    const renderer: Renderer = {
      ...chart,
      chart: (request) => {
        asked.push(request);
        return chart.chart(request);
      },
    };
    const one = await bundle(renderer, {}, clusters);
    expect(one.bundle.told).toEqual({ 'p/shop': { apiVersions: ['apps/v1', 'apps/v1/Deployment'] } });
    expect(asked.map(({ kubeVersion, served }) => [kubeVersion, served])).toEqual([
      ['v1.34.2', facts.apiVersions],
      ['v1.34.2', ['apps/v1', 'apps/v1/Deployment']],
    ]);
    expect((await bundle(renderer, {}, asToldBefore(one.bundle))).digest).toBe(one.digest);
  });

  test('is told to be unknown where the target does not answer', async () => {
    const one = await bundle(
      chartOf([], () => [object('ConfigMap', {})]),
      {},
      () => Promise.resolve({ silent: 'it is away' }),
    );
    expect(one.notes[0]?.message).toContain('the target "cluster" did not say so (it is away)');
  });
});
