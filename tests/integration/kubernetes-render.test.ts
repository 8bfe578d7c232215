import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { findStep } from '../../src/domain/bundle.ts';
import type { KubernetesApplySpec } from '../../src/domain/kinds/kubernetes-apply.ts';
import type { Renderer } from '../../src/domain/rendering.ts';
import type { WindlassFailure } from '../../src/domain/failure.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { nameProblem } from '../../src/manifests/names.ts';
import { ensureTools, type ToolName } from '../../src/lab/index.ts';
import { rendererWith } from '../../src/render/index.ts';
import { contextOf, freshName, namespaceRef } from '../kubernetes/cluster.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/rendered');
const CHART = 'charts/greeter';
const PASSWORD = 'hunter2';

let tools: ReadonlyMap<ToolName, string>;
let renderer: Renderer;
let directory: string;

beforeAll(async () => {
  tools = await ensureTools(['chart-renderer', 'helm', 'kustomize']);
  renderer = rendererWith((name) => Promise.resolve(tools.get(name) ?? name));
}, 600_000);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-rendered-'));
  await cp(EXAMPLE, directory, { recursive: true });
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), text);
}

async function load(parameters: Record<string, string> = {}): Promise<LoadedRollout> {
  const loaded = await loadRollout(directory, 'lab', { parameters, renderer });
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
  return loaded;
}

async function problems(): Promise<readonly string[]> {
  const loaded = await loadRollout(directory, 'lab', { parameters: {}, renderer });
  return loaded.ok ? [] : loaded.problems.map(problemLine);
}

describe('rendering with Helm and kustomize', () => {
  test('comes to the same bundle every time, without a value of a Secret, though the chart makes one up', async () => {
    const [one, two] = [await load(), await load()];
    expect(one.digest).toBe(two.digest);
    expect([...one.files.keys()].sort()).toEqual([
      'manifests/namespace.yaml',
      'rendered/application/greeter-before/greeter/templates/prepare.yaml',
      'rendered/application/greeter/greeter/templates/deployment.yaml',
      'rendered/application/greeter/greeter/templates/login.yaml',
      'rendered/application/page/base/page.yaml',
      'rendered/application/page/overlays/lab/kustomization.yaml',
    ]);
    expect(one.files.get('rendered/application/greeter/greeter/templates/login.yaml')).not.toMatch(
      /password|^data|stringData/m,
    );
    expect(one.files.get('rendered/application/page/overlays/lab/kustomization.yaml')).toContain('Hello from the lab');
    expect(one.notes.map(({ message }) => message)).toEqual([expect.stringContaining('Pod greeter-greets')]);
  });

  test('takes a packaged chart for the same as its directory', async () => {
    const unpacked = await load();
    await promisify(execFile)(tools.get('helm') ?? '', ['package', join(directory, CHART), '-d', directory]);
    const rollout = await readFile(join(directory, 'rollout.yaml'), 'utf8');
    await write('rollout.yaml', rollout.replace(`chart: ${CHART}`, 'chart: greeter-0.1.0.tgz'));
    expect((await load()).digest).toBe(unpacked.digest);
  });

  test.each([
    ['genCA', 'v: {{ (genCA "ca" 1).Key | b64enc }}'],
    ['randAlphaNum', 'v: {{ randAlphaNum 10 }}'],
    ['htpasswd', 'v: {{ htpasswd "user" "password" | quote }}'],
    ['the date', 'v: {{ now | date "2006-01-02" | quote }}'],
    ['uuidv4', 'v: {{ uuidv4 }}'],
  ])('refuses %s, with object, template and field', async (_what, line) => {
    await write(
      `${CHART}/templates/odd.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: odd }\ndata:\n  ${line}\n`,
    );
    expect(await problems()).toEqual([
      expect.stringMatching(
        /^rollout\.yaml:\d+:\d+: ConfigMap odd \(greeter\/templates\/odd\.yaml\) has another data\.v every time/,
      ),
    ]);
  });

  test('tells where in a template Helm fails', async () => {
    await write(`${CHART}/templates/broken.yaml`, 'a: 1\nb: {{ .Values.none.such }}\n');
    expect(await problems()).toEqual([
      expect.stringMatching(/^charts\/greeter\/templates\/broken\.yaml:2:\d+: Helm refuses it: .*nil pointer/),
    ]);
  });

  test('obeys the schema that a chart has for its values', async () => {
    await write(`${CHART}/values.schema.json`, '{"properties": {"replicas": {"type": "string"}}}');
    expect(await problems()).toEqual([expect.stringMatching(/^rollout\.yaml:\d+:\d+: Helm refuses it: .*replicas/)]);
  });

  test('tells why kustomize fails', async () => {
    await write('base/kustomization.yaml', 'resources: [page.yaml]\npatches: [{ path: none.yaml }]\n');
    expect(await problems()).toEqual([
      expect.stringMatching(/^rollout\.yaml:\d+:\d+: kustomize refuses it: .*none\.yaml/),
    ]);
  });

  test('runs no program that a kustomization names', async () => {
    const plugin = {
      apiVersion: 'example.com/v1',
      kind: 'Maker',
      metadata: { name: 'm', annotations: { 'config.kubernetes.io/function': 'exec: { path: ./make.sh }' } },
    };
    await write('overlays/lab/maker.yaml', JSON.stringify(plugin));
    await write('overlays/lab/make.sh', '#!/bin/sh\ntouch "$0.ran"\n');
    await write('overlays/lab/kustomization.yaml', 'resources: [../../base]\ngenerators: [maker.yaml]\n');
    expect(await problems()).toEqual([expect.stringContaining('kustomize refuses it')]);
  });

  test('says which program is missing', async () => {
    const none = rendererWith((name) => Promise.resolve(`/nowhere/${name}`));
    await expect(loadRollout(directory, 'lab', { parameters: {}, renderer: none })).rejects.toMatchObject({
      type: 'LabFailed',
      options: { object: '/nowhere/chart-renderer', next: expect.stringContaining('windlass lab tools') },
    });
  });
});

describe('what was rendered, on a cluster', () => {
  let client: KubernetesClient;
  let ns: string;
  beforeAll(async () => {
    client = await openLabCluster();
  });
  afterAll(() => client.close());
  beforeEach(() => {
    ns = freshName('rendered');
  });
  afterEach(async () => {
    await client.delete(namespaceRef(ns));
  });

  test('is applied like any other manifests, its Secrets filled in, and is unchanged afterwards', async () => {
    const loaded = await load({ namespace: ns });
    const engine = kubernetesApplyEngine(client);
    const context = { ...contextOf([]), files: loadedFiles(loaded), resolve: () => Promise.resolve(PASSWORD) };
    const spec = (step: string) => findStep(loaded.bundle, 'application', step)?.with as KubernetesApplySpec;
    const told: unknown[] = [];
    for (const step of ['namespace', 'greeter-before', 'greeter', 'page']) {
      told.push(await engine.plan(spec(step), context), await engine.apply(spec(step), context));
      const again = await engine.plan(spec(step), context);
      expect(again.map(({ action }) => action)).toEqual(again.map(() => 'unchanged'));
      told.push(again, await engine.verify(spec(step), context));
    }
    const secret = await client.get({ apiVersion: 'v1', kind: 'Secret', namespace: ns, name: 'greeter-login' });
    expect(secret?.data).toEqual({ password: Buffer.from(PASSWORD).toString('base64') });
    expect(JSON.stringify(told)).not.toMatch(/hunter2|aHVudGVyMg/);
    const page = await client.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'greeter-page' });
    expect(page?.data).toEqual({ title: 'Greetings' });
  });

  test('names are judged as the API server judges them', async () => {
    const names = ['web', 'web.example', '1web', 'w'.repeat(53), 'w'.repeat(64), 'Web', 'web_1', '-web'];
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace' },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default' } },
      { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'default' }, spec: { ports: [{ port: 80 }] } },
    ];
    for (const object of objects)
      for (const name of names) {
        const full = { ...object, metadata: { ...object.metadata, name } };
        const refusal = await client.apply(full, { dryRun: true }).then(
          () => null,
          (error: unknown) => (error as WindlassFailure).type,
        );
        const ours = nameProblem(object.apiVersion, name, object.kind) === null ? null : 'InvalidManifest';
        expect([object.kind, name, ours]).toEqual([object.kind, name, refusal]);
      }
  });
});
