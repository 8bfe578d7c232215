import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { summarizePlan } from '../../src/domain/change.ts';
import type { StepDrift } from '../../src/domain/drift.ts';
import { openStep } from '../../src/steps/open-step.ts';
import { anywhere } from '../../src/steps/reach.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { windlass, windlassJson } from '../e2e/support/windlass.ts';
import {
  configMap,
  contextOf,
  deployment,
  failureOf,
  freshName,
  namespace,
  namespaceRef,
  specOf,
  Stranger,
} from '../kubernetes/cluster.ts';
import { scratchDirectory } from '../bundle/scratch.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { mkdir, writeFile } from 'node:fs/promises';

const ns = freshName('drift');
const bucket = freshName('drift');
let client: KubernetesClient;
let stranger: Stranger;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;

const ROLLOUT = {
  apiVersion: 'windlass.dev/v1alpha1',
  kind: 'Rollout',
  metadata: { name: ns },
  spec: {
    targets: { cluster: { kind: 'kubernetes' }, objects: { kind: 's3' } },
    phases: [
      {
        name: 'data',
        steps: [
          {
            ...{ name: 'apps', kind: 'kubernetes.apply', target: 'cluster' },
            with: { manifests: ['manifests'], namespace: ns, readyWithin: '2m' },
          },
          { name: 'bucket', kind: 'objectstore.bucket', target: 'objects', with: { bucket } },
          { name: 'gate', kind: 'approval', approval: { reason: 'Somebody must look.' } },
        ],
      },
    ],
  },
};
const ENVIRONMENT = {
  apiVersion: 'windlass.dev/v1alpha1',
  kind: 'Environment',
  metadata: { name: 'lab' },
  spec: {
    targets: {
      cluster: { kind: 'kubernetes', kubeconfig: { fromEnvFile: 'WINDLASS_LAB_KUBECONFIG' } },
      objects: {
        kind: 's3',
        endpoint: { fromEnv: 'WINDLASS_LAB_S3_ENDPOINT' },
        accessKey: { fromEnv: 'WINDLASS_LAB_S3_ACCESS_KEY' },
        secretKey: { fromEnv: 'WINDLASS_LAB_S3_SECRET_KEY' },
      },
    },
  },
};

beforeAll(async () => {
  client = await openLabCluster();
  stranger = await Stranger.open();
  scratch = await scratchDirectory();
  const objects = [namespace(ns), configMap('settings', { colour: 'red' }), deployment('web', 2)];
  for (const [file, text] of Object.entries({
    'rollout.yaml': stringify(ROLLOUT),
    'environments/lab.yaml': stringify(ENVIRONMENT),
    'manifests/all.yaml': objects.map((object) => stringify(object)).join('---\n'),
  })) {
    await mkdir(join(scratch.path, file, '..'), { recursive: true });
    await writeFile(join(scratch.path, file), text);
  }
  const loaded = await loadRollout(scratch.path, 'lab', { parameters: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  await carryOut(loaded);
});
afterAll(async () => {
  await client.delete(namespaceRef(ns));
  await client.close();
  await stranger.close();
  await scratch[Symbol.asyncDispose]();
});

async function carryOut(loaded: LoadedRollout): Promise<void> {
  const { bundle, digest } = loaded;
  const reach = anywhere(process.env);
  for (const { name: phase, steps } of bundle.phases)
    for (const step of steps.filter(({ kind }) => kind !== 'approval')) {
      const bound = await openStep(bundle, step, reach);
      const { rollout, environment } = bundle;
      await bound.apply({
        files: loadedFiles(loaded),
        ...{ signal: AbortSignal.timeout(200_000), resolve: reach.resolve, progress: () => undefined },
        owner: { rollout, environment, bundle: digest, run: 'run', phase, step: step.name },
      });
      await bound.close();
    }
}

async function drift(): Promise<{ readonly code: number | null; readonly steps: readonly StepDrift[] }> {
  const { code, document } = await windlassJson(['drift', scratch.path, '--environment', 'lab']);
  return { code, steps: (document as { steps: StepDrift[] }).steps };
}

test('what was carried out has not drifted; what somebody sets is told with them and the time; what is mended has not', async () => {
  expect(await drift()).toMatchObject({
    code: 0,
    steps: [
      { step: 'apps', drifted: [], unchanged: 3, broken: [], failure: null },
      { step: 'bucket', drifted: [], broken: [], failure: null },
    ],
  });

  const path = `/apis/apps/v1/namespaces/${ns}/deployments/web`;
  await stranger.edit(path, { spec: { replicas: 1 } });
  await client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'settings' });
  const drifted = await drift();
  expect(drifted.code).toBe(2);
  expect(drifted.steps[0]).toMatchObject({
    unchanged: 1,
    drifted: [
      { action: 'create', what: `ConfigMap ${ns}/settings` },
      {
        action: 'update',
        what: `Deployment ${ns}/web`,
        fields: [{ field: 'spec.replicas', before: '1', after: '2', by: [{ manager: 'stranger' }] }],
      },
    ],
  });
  expect(drifted.steps[0]?.drifted[1]?.fields?.[0]?.by[0]?.since).toMatch(/^\d{4}-\d\d-\d\dT/);
  // Nothing was touched.
  expect(
    (await client.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: ns, name: 'web' }))?.spec,
  ).toMatchObject({
    replicas: 1,
  });
  const told = await windlass(['drift', scratch.path, '--environment', 'lab']);
  expect(told).toMatchObject({ code: 2, stdout: expect.stringContaining('set by stranger, last at 20') });
  expect(told.stdout).toContain('1 step is not looked at');
  expect(told.stdout).toContain('1 of 2 steps have not drifted');

  // What the directory says anew is told as that.
  await stranger.edit(path, { spec: { replicas: 2 } });
  const changed = [namespace(ns), configMap('settings', { colour: 'blue' }), deployment('web', 2, {}, 'web:2')];
  await writeFile(join(scratch.path, 'manifests/all.yaml'), changed.map((one) => stringify(one)).join('---\n'));
  const { steps } = await drift();
  const image = steps[0]?.drifted[1]?.fields?.find(({ field }) => field.endsWith('.image'));
  expect(image?.by).toMatchObject([{ manager: 'windlass' }]);
});

test('where the rollout refuses drift, what others have set asks for an answer before it is overwritten', async () => {
  const file = join(scratch.path, 'rollout.yaml');
  const asks = async (more: object): Promise<readonly unknown[]> => {
    const [phase] = ROLLOUT.spec.phases;
    const [apps] = phase?.steps ?? [];
    const steps = [{ ...apps, with: { ...apps?.with, force: true } }];
    await writeFile(
      file,
      stringify({ ...ROLLOUT, spec: { ...ROLLOUT.spec, ...more, phases: [{ name: 'data', steps }] } }),
    );
    const { document } = await windlassJson(['plan', scratch.path, '--environment', 'lab']);
    const { steps: planned } = document as { steps: { changes: { what: string; asks?: string }[] }[] };
    return planned.flatMap(({ changes }) => changes.flatMap(({ what, asks: asked }) => (asked ? [[what, asked]] : [])));
  };
  expect(await asks({ drift: 'refuse' })).toEqual([]);
  await stranger.edit(`/apis/apps/v1/namespaces/${ns}/deployments/web`, { spec: { replicas: 7 } });
  expect(await asks({ drift: 'refuse' })).toEqual([[`Deployment ${ns}/web`, 'set by others']]);
  expect(await asks({ drift: 'overwrite' })).toEqual([]);
  await writeFile(file, stringify(ROLLOUT));
});

test('what others set after the plan was answered for is not overwritten until it was shown', async () => {
  const engine = kubernetesApplyEngine(client, { asksOverForeign: true });
  const spec = specOf(ns, { force: true, wait: false });
  const context = contextOf([configMap('guarded')]);
  const shown = async (): Promise<string> =>
    summarizePlan(await engine.plan(spec, context), '', (text) => createHash('sha256').update(text).digest('hex'))
      .destructiveDigest;
  const data = async () =>
    (await client.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'guarded' }))?.data;
  await engine.apply(spec, context);
  const before = await shown();
  await stranger.edit(`/api/v1/namespaces/${ns}/configmaps/guarded`, { data: { a: 'theirs' } });
  expect(await failureOf(engine.apply(spec, { ...context, shown: before }))).toMatchObject({
    type: 'OwnershipConflict',
  });
  expect(await data()).toEqual({ a: 'theirs' });
  await engine.apply(spec, { ...context, shown: await shown() });
  expect(await data()).toEqual({ a: '1' });
});

test('a target that cannot be asked is told, and is no drift', async () => {
  const { code, document } = await windlassJson(['drift', scratch.path, '--environment', 'lab'], {
    WINDLASS_LAB_S3_ENDPOINT: 'http://127.0.0.1:9',
  });
  expect(document).toMatchObject({ counts: { failed: 1 }, error: { type: 'TargetUnreachable' } });
  expect(code).toBe(3);
});
