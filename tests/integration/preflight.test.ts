import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout } from '../../src/bundle/load.ts';
import type { TargetPreflight } from '../../src/domain/preflight.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openStep } from '../../src/steps/open-step.ts';
import { anywhere } from '../../src/steps/reach.ts';
import { windlass, windlassJson } from '../e2e/support/windlass.ts';
import { freshName, kubeconfigOf, namespace, namespaceRef, Stranger } from '../kubernetes/cluster.ts';
import { scratchDirectory } from '../bundle/scratch.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { until } from '../support/poll.ts';

// A worker that has exactly the rights which preflight prints carries the smallest example.
const EXAMPLE = fileURLToPath(new URL('../../examples/minimal', import.meta.url));
const name = freshName('least');
const account = { namespace: `${name}-worker`, name: 'worker' };
let admin: KubernetesClient;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let kubeconfig: string;
let settings: Readonly<Record<string, string>>;
let granted: readonly KubernetesObject[] = [];

beforeAll(async () => {
  admin = await openLabCluster();
  scratch = await scratchDirectory();
  const rollout = join(scratch.path, 'minimal');
  await cp(EXAMPLE, rollout, { recursive: true });
  for (const file of ['rollout.yaml', 'manifests/greeter.yaml']) {
    const text = await readFile(join(rollout, file), 'utf8');
    await writeFile(join(rollout, file), text.replace(/\bminimal\b/g, name));
  }
  await admin.apply(namespace(account.namespace));
  await admin.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
  const stranger = await Stranger.open();
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/worker/token`;
  const token = await stranger.create(path, { spec: {} });
  await stranger.close();
  kubeconfig = join(scratch.path, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigOf((token.status as { token: string }).token));
  settings = { WINDLASS_LAB_KUBECONFIG: kubeconfig };
});
afterAll(async () => {
  for (const { apiVersion, kind, metadata } of granted) await admin.delete({ apiVersion, kind, ...where(metadata) });
  await admin.delete(namespaceRef(account.namespace));
  await admin.delete(namespaceRef(name));
  await admin.close();
  await scratch[Symbol.asyncDispose]();
});

const where = ({ name: called, namespace: at }: KubernetesObject['metadata']) => ({
  name: called,
  ...(at === undefined ? {} : { namespace: at }),
});
const args = (...more: string[]) => [...more, '--environment', 'lab'];
const directory = () => join(scratch.path, 'minimal');

async function asked(): Promise<{ readonly code: number | null; readonly cluster: TargetPreflight | undefined }> {
  const { code, document } = await windlassJson(args('preflight', directory()), settings);
  const { targets } = document as { targets: readonly TargetPreflight[] };
  return { code, cluster: targets.find(({ target }) => target === 'cluster') };
}

/** Carries the step on the cluster out as the worker. */
async function carryOut() {
  const env = { ...process.env, ...settings };
  const loaded = await loadRollout(directory(), 'lab', { parameters: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { bundle, digest } = loaded;
  const step = bundle.phases[0]?.steps[0];
  if (step === undefined) throw new Error('the example has no step');
  const reach = anywhere(env);
  const bound = await openStep(bundle, step, reach);
  try {
    return await bound.apply({
      files: loadedFiles(loaded),
      ...{ signal: AbortSignal.timeout(200_000), resolve: reach.resolve, progress: () => undefined },
      fence: { token: Date.now(), deadline: Date.now() + 240_000, lock: 'lock/lab/cluster' },
      owner: { rollout: name, environment: 'lab', bundle: digest, run: 'run', phase: 'application', step: step.name },
    });
  } finally {
    await bound.close();
  }
}

test('who has no right is told all that is missing; the printed roles are enough; one right less is named', async () => {
  const before = await asked();
  expect(before.code).toBe(1);
  expect(before.cluster?.user).toBe(`system:serviceaccount:${account.namespace}:worker`);
  const missing = before.cluster?.lacks.filter(({ needed }) => needed).map(({ what }) => what) ?? [];
  for (const what of [
    `create, get, list, patch, watch deployments.apps in namespace ${name}`,
    `create, get, patch configmaps in namespace ${name}`,
    'create, get, patch configmaps in namespace default',
  ])
    expect(missing).toContainEqual(expect.stringContaining(what));

  const printed = await windlass(args('preflight', directory(), '--rbac', '--to', `${account.namespace}/worker`));
  expect(printed.code).toBe(0);
  granted = parseAllDocuments(printed.stdout).map((document) => document.toJS() as KubernetesObject);
  for (const object of granted) await admin.apply(object);
  // Authorizers learn of roles by a watch of their own.
  const after = await until(async () => {
    const now = await asked();
    return now.cluster?.lacks.length === 0 ? now : null;
  });
  expect(after.code).toBe(0);
  const { changes, findings } = await carryOut();
  expect(changes.filter(({ action }) => action === 'create').length).toBeGreaterThan(0);
  expect(findings.every(({ holds }) => holds)).toBe(true);

  const role = granted.find(({ kind, metadata }) => kind === 'Role' && metadata.namespace === name);
  if (role === undefined) throw new Error('no role was printed for the namespace');
  const rules = role.rules as { resources: string[]; verbs: string[] }[];
  const without = rules.map((rule) => ({
    ...rule,
    verbs: rule.resources.includes('deployments') ? rule.verbs.filter((verb) => verb !== 'patch') : rule.verbs,
  }));
  await admin.apply({ ...role, rules: without });
  const less = await until(async () => {
    const now = await asked();
    return now.cluster?.lacks.length === 0 ? null : now;
  });
  expect(less.code).toBe(1);
  expect(less.cluster?.lacks.filter(({ needed }) => needed)).toMatchObject([
    { what: expect.stringMatching(/^patch .*deployments\.apps in namespace/), steps: ['application/greeter'] },
  ]);
});

test('a store that refuses the keys is told, and so is a server that does not answer', async () => {
  const refused = await windlassJson(args('preflight', directory()), {
    WINDLASS_LAB_S3_SECRET_KEY: 'wrong-secret-key',
  });
  expect(refused.code).toBe(1);
  expect(refused.document).toMatchObject({
    targets: [
      { target: 'cluster', lacks: [] },
      {
        target: 'objects',
        lacks: [{ what: expect.stringContaining('looking for bucket'), steps: ['storage/uploads'] }],
      },
    ],
  });
  const silent = await windlassJson(args('preflight', directory()), { WINDLASS_LAB_S3_ENDPOINT: 'http://127.0.0.1:9' });
  expect(silent).toMatchObject({ code: 3, document: { error: { type: 'TargetUnreachable' } } });
});
