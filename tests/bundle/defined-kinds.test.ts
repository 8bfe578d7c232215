import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { asToldBefore } from '../../src/bundle/told.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { AskCluster, ChartRequest, ClusterFacts, Renderer } from '../../src/domain/rendering.ts';
import { scratchDirectory } from './scratch.ts';

const definition = (kind: string, versions: readonly JsonObject[] = [{ name: 'v1', served: true }]): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.toLowerCase()}s.example.com` },
  spec: { group: 'example.com', scope: 'Namespaced', names: { kind, plural: `${kind.toLowerCase()}s` }, versions },
});

const manifest = (file: string): JsonObject => ({ manifests: [file] });
const chart = (name: string): JsonObject => ({ namespace: 'shop', helm: { chart: name, release: name } });
const apply = (name: string, settings: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...{ name, kind: 'kubernetes.apply', target: 'cluster', with: settings, ...more },
});

const OFF: JsonObject = { when: { parameter: 'extras', equals: true } };

/** The phase that needs the other comes first, and so does the step. */
const PHASES = [
  {
    name: 'apps',
    needs: ['base'],
    steps: [
      apply('shop', { ...chart('shop'), ...manifest('own.yaml') }, { needs: ['widgets'] }),
      apply('widgets', manifest('widgets.yaml')),
      apply('beside', manifest('beside.yaml')),
      apply('elsewhere', manifest('elsewhere.yaml'), { target: 'other' }),
    ],
  },
  { name: 'base', steps: [apply('operator', chart('operator')), apply('off', manifest('off.yaml'), OFF)] },
];

const TOLD = ['Gadget', 'Own', 'Widget'].map((kind) => `example.com/v1/${kind}`);

/** The operator's chart defines gadgets; the shop's asks for whatever is in the group. */
function rendererOf(requests: ChartRequest[]): Renderer {
  return {
    chart: (request) => {
      requests.push(request);
      const value: JsonObject =
        request.chart === 'operator'
          ? definition('Gadget', [
              { name: 'v1', served: true },
              { name: 'v0', served: false },
            ])
          : { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shop' } };
      const named = [...(request.served ?? []), ...request.apiVersions].filter((one) => one.startsWith('example.com/'));
      return Promise.resolve({
        ok: true,
        documents: [{ source: `${request.chart}/templates/all.yaml`, value }],
        facts: { inventions: [], named, asksVersions: request.chart === 'shop', asksKubeVersion: false },
      });
    },
    kustomization: () => Promise.reject(new Error('nothing is asked of kustomize here')),
  };
}

async function loaded(clusters?: AskCluster) {
  await using scratch = await scratchDirectory();
  const targets = { cluster: { kind: 'kubernetes' }, other: { kind: 'kubernetes' } };
  const common = { apiVersion: 'windlass.dev/v1alpha1' };
  const parameters = { extras: { default: false } };
  const files = {
    'rollout.yaml': {
      ...{ ...common, kind: 'Rollout', metadata: { name: 'test' }, spec: { parameters, targets, phases: PHASES } },
    },
    'environments/lab.yaml': { ...common, kind: 'Environment', metadata: { name: 'lab' }, spec: { targets } },
    'shop/Chart.yaml': { apiVersion: 'v2', name: 'shop', version: '1.0.0' },
    'operator/Chart.yaml': { apiVersion: 'v2', name: 'operator', version: '1.0.0' },
    'own.yaml': definition('Own'),
    'widgets.yaml': definition('Widget'),
    'beside.yaml': definition('Beside'),
    'elsewhere.yaml': definition('Elsewhere'),
    'off.yaml': definition('Off'),
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(scratch.path, path)), { recursive: true });
    await writeFile(join(scratch.path, path), stringify(content));
  }
  const requests: ChartRequest[] = [];
  const options = { parameters: {}, renderer: rendererOf(requests), ...(clusters === undefined ? {} : { clusters }) };
  const one = await loadRollout(scratch.path, 'lab', options);
  if (!one.ok) throw new Error(one.problems.map(problemLine).join('\n'));
  return { ...one, shop: requests.filter((request) => request.chart === 'shop') };
}

describe('a chart is told of the kinds that its rollout defines before it', () => {
  const facts: ClusterFacts = { kubeVersion: 'v1.36.3', apiVersions: ['v1', 'v1/ConfigMap'] };
  const asked = (more: readonly string[]): AskCluster => {
    const apiVersions = [...facts.apiVersions, ...more].sort();
    return () => Promise.resolve({ facts: { ...facts, apiVersions } });
  };

  test('in manifests, its own too, and in charts: of those that are done by then on its target', async () => {
    const { shop, bundle } = await loaded(asked([]));
    expect(shop[0]?.served).toEqual(['example.com/v1', ...TOLD, ...facts.apiVersions]);
    expect(bundle.told).toEqual({ 'apps/shop': { apiVersions: ['example.com/v1', ...TOLD] } });
  });

  test('so that the first bundle is the one that is made when the cluster has them, and is made again without it', async () => {
    const first = await loaded(asked([]));
    expect((await loaded(asked(['example.com/v1', ...TOLD]))).digest).toBe(first.digest);
    expect((await loaded(asToldBefore(first.bundle))).digest).toBe(first.digest);
  });

  test('where no cluster is asked, too', async () => {
    const { shop } = await loaded();
    expect(shop[0]).toMatchObject({ served: null, apiVersions: expect.arrayContaining(TOLD) as unknown });
  });
});
