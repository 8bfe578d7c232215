import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { canonicalJson, parseJson, type Json, type JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject, ObjectMeta, ObjectRef } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { isObject, read, readList, readNumber, readObject, readText, without } from '../../src/domain/json-fields.ts';
import { kindKey, refOf } from '../../src/kubernetes/identity.ts';
import { parseManifestFile } from '../../src/manifests/yaml.ts';
import { readManifests } from '../../src/manifests/objects.ts';
import { toolPath } from '../../src/lab/index.ts';
import { rendererWith } from '../../src/render/index.ts';
import { freshName, specOf } from '../kubernetes/cluster.ts';
import { OwnRollout } from '../kubernetes/own-rollout.ts';
import { readByKubectl, resourceOf, scalars, writtenValues } from '../manifests/kubectl.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

// Whatever both have applied has to be the same object, owned in the same way: but for the name of the manager and the
// label that makes an object a member of our inventory.

const ROOT = join(import.meta.dirname, '../..');
/** A schema that takes anything. */
const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const MEMBER = 'applyset.kubernetes.io/part-of';

let client: KubernetesClient;
let kubectl: string;
const made: ObjectRef[] = [];
const rollouts: OwnRollout[] = [];

beforeAll(async () => {
  client = await openLabCluster();
  kubectl = await toolPath('kubectl');
});
afterAll(async () => {
  // One that cannot be deleted keeps no other: hosts and nodes are shared with the tests that come after.
  const kept: unknown[] = [];
  const keep = (error: unknown) => void kept.push(error);
  for (const ref of made.reverse()) await client.delete(ref).catch(keep);
  for (const rollout of rollouts) await rollout.cleanUp(client).catch(keep);
  await client.close();
  expect(kept).toEqual([]);
});

const directories = globSync('{rollouts,examples,tests/fixtures/rollouts}/*/manifests', { cwd: ROOT })
  .map(dirname)
  .sort();

const deployed = globSync('deploy/{kubernetes,rights}/*.yaml', { cwd: ROOT }).sort();

/** Files that hold objects and are applied by nobody as they are. */
const NOT_APPLIED = [
  // What a server answered, kept to be judged, and what it or we must refuse.
  /^tests\/fixtures\/(kubernetes|rollouts\/bad-input)\//,
  // What a seed makes by hand, so that a rollout has something to mend.
  /^rollouts\/[^/]+\/as-found\//,
  // What no lab could reach: issued by others.
  /^rollouts\/254carbon\/manifests\/issuers\/acme\.yaml$/,
  // What is rendered of them is compared.
  /^examples\/rendered\/(base|overlays|charts)\//,
];

/** The lab's where a rollout has one. */
function environmentOf(directory: string): string {
  const all = globSync('*.yaml', { cwd: join(ROOT, directory, 'environments') }).map((file) => basename(file, '.yaml'));
  return all.includes('lab') ? 'lab' : (all.sort()[0] ?? 'lab');
}

/** The manifests of a rollout as resolved for an environment, charts and kustomizations rendered; by file. */
async function filesOf(directory: string): Promise<ReadonlyMap<string, readonly KubernetesObject[]>> {
  // Those that are run side by side with themselves have a suffix in their names.
  const suffixed = readFileSync(join(ROOT, directory, 'rollout.yaml'), 'utf8').includes('parameters.suffix');
  const parameters = suffixed ? { suffix: 'equality' } : {};
  const loaded = await loadRollout(join(ROOT, directory), environmentOf(directory), {
    parameters,
    renderer: rendererWith(toolPath),
  });
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
  const files = loadedFiles(loaded);
  const applied = loaded.bundle.phases.flatMap(({ steps }) =>
    steps.flatMap((step) =>
      step.kind === 'kubernetes.apply' || step.kind === 'kubernetes.adopt' ? step.with.manifests : [],
    ),
  );
  const paths = [...new Set(applied.flatMap((path) => files.list(path)))];
  return new Map(await Promise.all(paths.map(async (path) => [path, objectsIn(await files.read(path))] as const)));
}

/** Kinds that are there where Kyverno or cert-manager is: in flagship-policies.test.ts and flagship-certificates.test.ts. */
const ELSEWHERE = /^(policies\.kyverno|cert-manager)\.io\//;

/** But of those kinds. */
async function manifestsOf(directory: string): Promise<KubernetesObject[]> {
  return [...(await filesOf(directory)).values()].flat().filter(({ apiVersion }) => !ELSEWHERE.test(apiVersion));
}

function objectsIn(text: string): KubernetesObject[] {
  return parseManifestFile(text)
    .documents.map(({ value }) => value as KubernetesObject)
    .filter(({ kind }) => kind !== 'Kustomization');
}

/** Whether a file declares what an API server could be given; rollouts, charts and settings of tools are no such thing. */
function holdsObjects(file: string): boolean {
  const documents = parseAllDocuments(readFileSync(join(ROOT, file), 'utf8')).map((one) => one.toJS() as unknown);
  return documents.some((value) => {
    const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
    return typeof apiVersion === 'string' && typeof kind === 'string' && !/^(windlass\.dev|kustomize)/.test(apiVersion);
  });
}

const isNamespace = ({ apiVersion, kind }: KubernetesObject) => apiVersion === 'v1' && kind === 'Namespace';

/** Ports of nodes that one of the two takes, and the other cannot have. */
let portsTaken = 0;

/**
 * The same objects for one of the two: in namespaces of its own, under names of its own where there are no namespaces, with
 * kinds in groups of its own and node ports that are free.
 */
async function ownedBy(prefix: string, objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
  const served = await client.discovery.findAll(objects);
  portsTaken += 1;
  const renamed = objects.map((object) => {
    if (object.kind === 'CustomResourceDefinition') return inGroupOf(prefix, object);
    const { name, namespace = 'default' } = object.metadata;
    const namespaced = served.get(kindKey(object))?.namespaced ?? false;
    const metadata: ObjectMeta = {
      ...object.metadata,
      ...(namespaced ? { namespace: prefix + namespace } : { name: prefix + name }),
    };
    return onOtherPorts({ ...object, metadata });
  });
  const namespaces = new Set(renamed.flatMap(({ metadata }) => metadata.namespace ?? []));
  const declared = new Set(renamed.filter(isNamespace).map(({ metadata }) => metadata.name));
  const missing = [...namespaces].filter((name) => !declared.has(name));
  const added: KubernetesObject[] = missing.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  const all = [...added, ...renamed.filter(isNamespace), ...renamed.filter((object) => !isNamespace(object))];
  made.push(...all.filter(({ metadata }) => metadata.namespace === undefined).map(refOf));
  return all;
}

/** A definition is called after its group. */
function inGroupOf(prefix: string, definition: KubernetesObject): KubernetesObject {
  const spec = readObject(definition, 'spec');
  const group = `${prefix}${readText(spec, 'group') ?? ''}`;
  const name = `${readText(spec, 'names', 'plural') ?? ''}.${group}`;
  return { ...definition, metadata: { ...definition.metadata, name }, spec: { ...spec, group } };
}

function onOtherPorts(object: KubernetesObject): KubernetesObject {
  if (
    object.kind !== 'Service' ||
    !readList(object, 'spec', 'ports').some((port) => read(port, 'nodePort') !== undefined)
  )
    return object;
  const spec = readObject(object, 'spec');
  const ports = readList(spec, 'ports').map((port) => ({
    ...(port as JsonObject),
    nodePort: readNumber(port, ['nodePort'], 0) + portsTaken,
  }));
  return { ...object, spec: { ...spec, ports } };
}

async function applyByKubectl(objects: readonly KubernetesObject[]): Promise<void> {
  await writeByKubectl(objects.map((object) => stringify(object)).join('---\n'));
}

async function writeByKubectl(text: string): Promise<void> {
  const args = ['--kubeconfig', process.env['WINDLASS_LAB_KUBECONFIG'] ?? '', 'apply', '--server-side', '-f', '-'];
  const child = spawn(kubectl, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.end(text);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(said);
}

async function applyByUs(objects: readonly KubernetesObject[]): Promise<void> {
  const rollout = new OwnRollout();
  rollouts.push(rollout);
  const engine = kubernetesApplyEngine(client, { inventory: rollout.home });
  await engine.apply(specOf('default', { wait: false }), rollout.context(objects));
}

/** The final objects as text that no longer tells which of the two applied them. */
async function finalOf(objects: readonly KubernetesObject[], prefix: string, manager: string): Promise<unknown[]> {
  return Promise.all(
    objects.map(async (object) => {
      const stored = await client.get(refOf(object));
      if (stored === null) throw new Error(`${object.kind} ${object.metadata.name} is not there`);
      const text = JSON.stringify({ ...comparable(stored, object), applied: appliedFields(stored, manager) });
      return JSON.parse(text.replaceAll(prefix, '').replaceAll(stored.metadata.uid ?? '', 'UID')) as unknown;
    }),
  );
}

const METADATA = new Set(['managedFields', 'uid', 'resourceVersion', 'creationTimestamp', 'generation']);
/** Written by controllers whenever they come to it. */
const LATER = new Set(['status']);
const REVISION = 'deployment.kubernetes.io/revision';
/** Given to a Job that has no label of its own; the label of the inventory is one. */
const OF_JOBS = ['controller-uid', 'job-name'].flatMap((label) => [label, `batch.kubernetes.io/${label}`]);
/** What the server draws from its own stock. */
const DRAWN = new Set(['clusterIP', 'clusterIPs']);

function comparable(stored: KubernetesObject, declared: KubernetesObject): JsonObject {
  const { labels = {}, annotations = {}, ...metadata } = without(stored.metadata, METADATA);
  const spec = readObject(stored, 'spec');
  return {
    ...without(stored, LATER),
    ...(stored.kind === 'Service' ? { spec: comparableService(spec) } : {}),
    // Where nobody declares it, an autoscaler writes it when it comes to it.
    ...('replicas' in spec && !('replicas' in readObject(declared, 'spec'))
      ? { spec: without(spec, new Set(['replicas'])) }
      : {}),
    metadata: {
      ...metadata,
      labels: without(labels as JsonObject, new Set([MEMBER, ...OF_JOBS])),
      annotations: without(annotations as JsonObject, new Set([REVISION])),
    },
  };
}

function comparableService(spec: JsonObject): JsonObject {
  const ports = readList(spec, 'ports').map((port) => without(port as JsonObject, new Set(['nodePort'])));
  return { ...without(spec, DRAWN), ...(ports.length === 0 ? {} : { ports }) };
}

/** What a manager has applied, by `managedFields`; null when it owns nothing. */
function appliedFields(stored: KubernetesObject, manager: string): Json {
  const entries = readList(stored, 'metadata', 'managedFields').filter(
    (entry) => isObject(entry) && entry['manager'] === manager && entry['operation'] === 'Apply',
  ) as JsonObject[];
  expect(entries.length).toBeLessThanOrEqual(1);
  const [entry] = entries;
  if (entry === undefined) return null;
  const fields = withoutMembership(readObject(entry, 'fieldsV1'));
  if (Object.keys(fields).length === 0) return null;
  return { ...without(entry, new Set(['manager', 'time'])), fieldsV1: fields };
}

function withoutMembership(fields: JsonObject): JsonObject {
  const metadata = readObject(fields, 'f:metadata');
  const labels = without(readObject(metadata, 'f:labels'), new Set([`f:${MEMBER}`]));
  const rest = without(metadata, new Set(['f:labels']));
  const left = { ...rest, ...(Object.keys(labels).length > 0 ? { 'f:labels': labels } : {}) };
  return {
    ...without(fields, new Set(['f:metadata'])),
    ...(Object.keys(left).length > 0 ? { 'f:metadata': left } : {}),
  };
}

describe('numbers and texts of a manifest', () => {
  const count = Number(process.env['WINDLASS_SCALARS'] ?? '400');

  test('are what kubectl reads, whatever they look like', () => {
    const sources = [...new Set(fc.sample(scalars, { numRuns: count, seed: 16 }))];
    const text = resourceOf(sources);
    const written = writtenValues(readByKubectl(kubectl, text) ?? '');
    const spec = readManifests(text).objects[0]?.object.spec;
    expect(sources.map((source, index) => [source, canonicalJson(read(spec, `v${String(index)}`))])).toEqual(
      sources.map((source, index) => [source, canonicalJson(parseJson(written.get(`v${String(index)}`) ?? ''))]),
    );
  });

  test('are stored as kubectl has them stored, and are unchanged when they are looked at again', async () => {
    const group = `${freshName('numbers')}.example.com`;
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `samples.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind: 'Sample', plural: 'samples', singular: 'sample', listKind: 'SampleList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: OPEN } }],
      },
    };
    made.push(refOf(definition));
    const sources = fc.sample(scalars, { numRuns: 100, seed: 53 }).concat('9007199254740993', '1152921504606846977');
    const manifest = (name: string) =>
      resourceOf(sources).replace('example.com/v1', `${group}/v1`).replace('name: sample', `name: ${name}`);
    const rollout = new OwnRollout();
    rollouts.push(rollout);
    const engine = kubernetesApplyEngine(client, { inventory: rollout.home });
    const spec = specOf('default', { wait: false });
    const context = rollout.context(`${stringify(definition)}---\n${manifest('ours')}`);
    await engine.apply(spec, context);
    await writeByKubectl(manifest('theirs'));
    const [ours, theirs] = await Promise.all(
      ['ours', 'theirs'].map(async (name) =>
        canonicalJson(
          (await client.get({ apiVersion: `${group}/v1`, kind: 'Sample', namespace: 'default', name }))?.spec,
        ),
      ),
    );
    expect(ours).toBe(theirs);
    expect(ours).toMatch(/:9007199254740993[,}]/);
    expect((await engine.plan(spec, context)).map(({ action }) => action)).toEqual(['unchanged', 'unchanged']);
    const other = rollout.context(
      `${stringify(definition)}---\n${manifest('ours').replace(/ 9007199254740993$/m, ' 9007199254740992')}`,
    );
    expect((await engine.plan(spec, other)).map(({ action }) => action)).toEqual(['unchanged', 'update']);
  });
});

describe('what we apply is what kubectl apply --server-side applies', () => {
  const check = async (objects: readonly KubernetesObject[]) => {
    const [a, b] = [`${freshName('eqa')}-`, `${freshName('eqb')}-`];
    const [ours, theirs] = [await ownedBy(a, objects), await ownedBy(b, objects)];
    await Promise.all([applyByUs(ours), applyByKubectl(theirs)]);
    expect(await finalOf(ours, a, 'windlass')).toEqual(await finalOf(theirs, b, 'kubectl'));
    return ours.length;
  };

  test.each(directories)('for the manifests of %s', async (directory) => {
    const objects = await manifestsOf(directory);
    expect(objects.length).toBeGreaterThan(0);
    expect(await check(objects)).toBeGreaterThanOrEqual(objects.length);
  });

  test('for the manifests that a worker is deployed with, and for all rights that it may be given', async () => {
    expect(await check(deployed.flatMap((file) => objectsIn(readFileSync(join(ROOT, file), 'utf8'))))).toBeGreaterThan(
      15,
    );
  });

  test('for every manifest in the repository: none is left out here', async () => {
    const compared = new Set(deployed);
    for (const directory of directories)
      for (const path of (await filesOf(directory)).keys()) compared.add(`${directory}/${path}`);
    const files = globSync('{*,!(node_modules|dist)/**/*}.{yaml,yml,json}', { cwd: ROOT });
    const left = files.filter(
      (file) => !compared.has(file) && NOT_APPLIED.every((pattern) => !pattern.test(file)) && holdsObjects(file),
    );
    expect(left).toEqual([]);
  });

  test('also after fields have left the manifests', async () => {
    const [a, b] = [`${freshName('eqa')}-`, `${freshName('eqb')}-`];
    const objects = await manifestsOf('examples/minimal');
    const more = objects.map((object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        annotations: { ...object.metadata.annotations, 'example.com/passing': 'on its way' },
      },
    }));
    const rollout = new OwnRollout();
    rollouts.push(rollout);
    const engine = kubernetesApplyEngine(client, { inventory: rollout.home });
    for (const version of [more, objects]) {
      await engine.apply(specOf('default', { wait: false }), rollout.context(await ownedBy(a, version)));
      await applyByKubectl(await ownedBy(b, version));
    }
    const [ours, theirs] = [await ownedBy(a, objects), await ownedBy(b, objects)];
    const final = await finalOf(ours, a, 'windlass');
    expect(final).toEqual(await finalOf(theirs, b, 'kubectl'));
    expect(JSON.stringify(final)).not.toContain('example.com/passing');
  });
});
