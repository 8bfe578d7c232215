import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout } from '../../src/bundle/load.ts';
import { problemLine } from '../../src/bundle/problem.ts';
import { canonicalJson } from '../../src/domain/json.ts';
import { readObject, without } from '../../src/domain/json-fields.ts';
import { gitopsExportKind } from '../../src/domain/kinds/gitops-export.ts';
import type { KubernetesObject, ObjectRef } from '../../src/domain/kubernetes-api.ts';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { repositoryAt } from '../../src/gitops/address.ts';
import { gitopsExportEngine } from '../../src/gitops/export-engine.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { kubernetesScaleEngine } from '../../src/kubernetes/scale/scale-engine.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { toolPath } from '../../src/lab/index.ts';
import { makeRepository } from '../../src/lab/repository.ts';
import { exportSource } from '../../src/steps/exported.ts';
import { rolloutOf } from '../bundle/scratch.ts';
import { contextOf, freshName, namespaceRef } from '../kubernetes/cluster.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { until } from '../support/poll.ts';
import { labVariable } from '../support/settings.ts';

const ns = freshName('export');
const MANIFESTS = `apiVersion: v1
kind: Namespace
metadata: { name: ${ns}, labels: { pod-security.kubernetes.io/enforce: restricted } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: ${ns} }
data: { level: '07', text: "two\\nlines \${{ parameters.word }}" }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${ns} }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${ns} }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: web
          image: docker.io/library/web:1
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: ${ns} }
spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
`;
const ROLLOUT = `apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata: { name: ${ns} }
spec:
  parameters: { word: { default: here } }
  targets: { cluster: { kind: kubernetes }, state: { kind: git } }
  phases:
    - name: all
      steps:
        - { name: objects, kind: kubernetes.apply, target: cluster, with: { manifests: [set.yaml] } }
        - name: more
          kind: kubernetes.scale
          target: cluster
          needs: [objects]
          with: { namespace: ${ns}, workloads: [{ name: web, replicas: 3 }] }
        - { name: export, kind: gitops.export, target: state, needs: [more], with: { cluster: cluster, path: clusters/lab } }
`;
const ENVIRONMENT = `apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata: { name: lab }
spec:
  targets:
    cluster: { kind: kubernetes, kubeconfig: { fromEnvFile: WINDLASS_LAB_KUBECONFIG } }
    state: { kind: git, url: { fromEnv: WINDLASS_LAB_GIT_URL } }
`;
const REFS: readonly ObjectRef[] = [
  namespaceRef(ns),
  { apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name: 'settings' },
  { apiVersion: 'v1', kind: 'Service', namespace: ns, name: 'web' },
  { apiVersion: 'apps/v1', kind: 'Deployment', namespace: ns, name: 'web' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace: ns, name: 'web' },
];

const scratch = mkdtempSync(join(tmpdir(), 'windlass-export-'));
let client: KubernetesClient;
beforeAll(async () => {
  client = await openLabCluster();
});
afterAll(async () => {
  await client.delete(namespaceRef(ns));
  await client.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** What an object is, without what its server gave it on the day, and the label of who is a member of our inventory. */
function hashOf(object: KubernetesObject | null): string {
  if (object === null) return 'none';
  const labels = without(object.metadata.labels ?? {}, new Set(['applyset.kubernetes.io/part-of']));
  const annotations = without(object.metadata.annotations ?? {}, new Set(['deployment.kubernetes.io/revision']));
  const spec = without(readObject(object, 'spec'), new Set(['clusterIP', 'clusterIPs']));
  const { name, namespace = null } = object.metadata;
  const own = without(object, new Set(['metadata', 'spec', 'status']));
  return createHash('sha256')
    .update(canonicalJson({ ...own, spec, metadata: { name, namespace, labels, annotations } }))
    .digest('hex');
}

const hashes = async () =>
  Object.fromEntries(
    await Promise.all(REFS.map(async (ref) => [`${ref.kind} ${ref.name}`, hashOf(await client.get(ref))] as const)),
  );

test('an export that kubectl applies to a cluster without any of it makes the same objects, by their hashes', async () => {
  await using source = await rolloutOf(null, {
    'rollout.yaml': ROLLOUT,
    'environments/lab.yaml': ENVIRONMENT,
    'set.yaml': MANIFESTS,
  });
  const loaded = await loadRollout(source.path, 'lab');
  if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
  const { bundle } = loaded;
  const home = { namespace: 'default', target: 'cluster' };
  const context: EngineContext = { ...contextOf(''), files: loadedFiles(loaded) };
  for (const step of bundle.phases.flatMap(({ steps }) => steps)) {
    if (step.kind === 'kubernetes.apply')
      await kubernetesApplyEngine(client, { inventory: home }).apply({ ...step.with, wait: false }, context);
    if (step.kind === 'kubernetes.scale')
      await kubernetesScaleEngine(client, { inventory: home }).apply(step.with, context);
  }
  const before = await hashes();
  expect(Object.values(before)).not.toContain('none');

  const bare = makeRepository(join(scratch, 'bare.git'));
  const engine = gitopsExportEngine(
    repositoryAt(pathToFileURL(bare).href, {}).connection,
    exportSource(bundle, 'cluster', client, home),
  );
  const spec = gitopsExportKind.schema.parse({ cluster: 'cluster', path: 'clusters/lab' }) as Parameters<
    typeof engine.plan
  >[0];
  await engine.apply(spec, context);
  const faults = (await engine.verify(spec, context)).map(
    ({ observed }) => (observed as { readonly faults: unknown }).faults,
  );
  expect(faults).toEqual([[], []]);

  await client.delete(namespaceRef(ns));
  await until(async () => (await client.get(namespaceRef(ns))) === null);
  execFileSync('git', ['clone', '--quiet', bare, join(scratch, 'clone')]);
  const apply = ['apply', '--server-side', '-k', join(scratch, 'clone/clusters/lab')];
  execFileSync(await toolPath('kubectl'), apply, {
    env: { ...process.env, KUBECONFIG: labVariable('WINDLASS_LAB_KUBECONFIG') },
    stdio: 'pipe',
  });
  expect(await hashes()).toEqual(before);
});
