import { expect, test } from '@jest/globals';
import { loadedFiles } from '../../src/bundle/files.ts';
import { loadRollout } from '../../src/bundle/load.ts';
import { STEP_KINDS } from '../../src/domain/kinds/table.ts';
import { clusterWork } from '../../src/steps/preflight/cluster-rights.ts';
import { rolloutOf } from '../bundle/scratch.ts';

const ROLLOUT = `apiVersion: windlass.dev/v1alpha1
kind: Rollout
metadata: { name: shop }
spec:
  targets: { cluster: { kind: kubernetes }, other: { kind: kubernetes } }
  phases:
    - name: data
      steps:
`;
const MANIFESTS = [1, 2, 3, 4, 5]
  .map((one) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: note-${String(one)} }\n`)
  .concat('apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web, namespace: web }\n')
  .join('---\n');

/** What these steps take on the target `cluster`: `KIND verb verb namespace`. */
async function rightsOf(steps: string): Promise<readonly string[]> {
  const lab = `apiVersion: windlass.dev/v1alpha1
kind: Environment
metadata: { name: lab }
spec:
  targets:
    cluster: { kind: kubernetes, kubeconfig: { fromEnv: A }, inventoryNamespace: home }
    other: { kind: kubernetes, kubeconfig: { fromEnv: B } }
`;
  await using rollout = await rolloutOf(null, {
    'rollout.yaml': ROLLOUT + steps,
    'environments/lab.yaml': lab,
    'notes/all.yaml': MANIFESTS,
  });
  const loaded = await loadRollout(rollout.path, 'lab', { parameters: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { rights } = await clusterWork('cluster', loaded.bundle, loadedFiles(loaded), STEP_KINDS);
  return rights.map(({ kind, verbs, namespace = '-', names = [] }) =>
    [kind, verbs.join(','), namespace, ...(names.length === 1 ? names : [])].join(' '),
  );
}

test('an apply takes rights on what its manifests hold, in their namespaces, and on the inventory', async () => {
  const step =
    '        - { name: apps, kind: kubernetes.apply, target: cluster, with: { manifests: [notes], namespace: shop, wait: false } }\n';
  expect(await rightsOf(step)).toEqual([
    'ConfigMap get,list,create,patch shop',
    // One object is read by itself.
    'Deployment get,create,patch web web',
    'Namespace get -',
    'ConfigMap get,create,patch home',
  ]);
});

test('who waits watches what it waits for, and looks why it does not come', async () => {
  const step =
    '        - { name: apps, kind: kubernetes.apply, target: cluster, with: { manifests: [notes], namespace: shop } }\n';
  const rights = await rightsOf(step);
  expect(rights).toContain('Deployment get,list,create,patch,watch web web');
  // What has no status is ready at once.
  expect(rights).toContain('ConfigMap get,list,create,patch shop');
  expect(rights).toContain('Pod get,list,watch web');
  expect(rights).toContain('Node list -');
});

test('steps on other targets, and those that `when` leaves out, take none; a prune takes those on all that is declared', async () => {
  const apply = (more: string) =>
    `        - { name: apps, kind: kubernetes.apply, ${more}, with: { manifests: [notes], namespace: shop, wait: false } }\n`;
  expect(await rightsOf(apply('target: other'))).toEqual([]);
  const prune = '        - { name: prune, kind: kubernetes.prune, target: cluster, needs: [apps] }\n';
  const rights = await rightsOf(apply('target: cluster') + prune);
  expect(rights).toContain('ConfigMap get,list,delete shop');
  expect(rights).toContain('Deployment get,list,delete web web');
});
