import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import { veleroDrill } from '../../src/domain/kinds/velero-drill.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { canonicalContent } from '../../src/velero/drill/canonical.ts';
import { compareInventories } from '../../src/velero/drill/compare.ts';
import { readInventory, standing, takeInventory, writeInventory } from '../../src/velero/drill/inventory.ts';
import { escaped } from '../../src/velero/drill/escaped.ts';
import { comparedKinds } from '../../src/velero/drill/left-out.ts';
import { scratchNamespaces } from '../../src/velero/drill/names.ts';
import { judgeRestore } from '../../src/velero/restore/judge.ts';

const { signal } = new AbortController();
const none = new Map<string, string>();
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' };

function configMap(name: string, data: JsonObject, more: JsonObject = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'data', uid: name, ...more }, data };
}

function inventory(...objects: KubernetesObject[]) {
  return takeInventory({ list: () => Promise.resolve(objects) }, [CONFIG_MAP], ['data'], none, signal);
}

describe('the content that a drill compares', () => {
  test('is the same for an original and its copy, whatever the server, Velero and the drill set in it', () => {
    const service = (type: string, more: JsonObject, metadata: JsonObject): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'api', ...metadata },
      spec: { type, selector: { app: 'api' }, ports: [{ port: 80, ...more }], clusterIP: type },
    });
    const original = service('NodePort', { nodePort: 30_001 }, { namespace: 'data', uid: 'a', labels: {} });
    const copy = service(
      'ClusterIP',
      {},
      { namespace: 'drill-x-0-data', uid: 'b', labels: { 'velero.io/restore-name': 'r' }, resourceVersion: '7' },
    );
    const back = new Map([['drill-x-0-data', 'data']]);
    expect(canonicalContent(copy, back)).toEqual(canonicalContent(original, back));
  });

  test('names the original namespace in the subjects of a role binding', () => {
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'api', namespace: 'copy' },
      subjects: [{ kind: 'ServiceAccount', name: 'api', namespace: 'copy' }],
    };
    expect(canonicalContent(binding, new Map([['copy', 'data']]))).toMatchObject({
      metadata: { namespace: 'data' },
      subjects: [{ namespace: 'data' }],
    });
  });
});

describe('an inventory', () => {
  test('leaves out what controllers and the cluster make, and what is being deleted', async () => {
    const items = await inventory(
      configMap('kept', {}),
      configMap('kube-root-ca.crt', {}),
      configMap('owned', {}, { ownerReferences: [{ kind: 'X' }] }),
      configMap('going', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    );
    expect([...items.keys()]).toEqual(['ConfigMap data/kept']);
  });

  test('comes back from the journal with the same hashes and without contents', async () => {
    const items = await inventory(configMap('a', { password: 'hunter2' }));
    const back = readInventory(writeInventory(items));
    expect([...back].map(([key, { hash }]) => [key, hash])).toEqual([...items].map(([key, { hash }]) => [key, hash]));
    expect(JSON.stringify([...back])).not.toContain('hunter2');
  });

  test('tells what stood still while a backup was made from what moved', async () => {
    const before = await inventory(configMap('still', {}), configMap('edited', { a: '1' }), configMap('gone', {}));
    const after = await inventory(configMap('still', {}), configMap('edited', { a: '2' }), configMap('new', {}));
    const { still, moved } = standing(before, after);
    expect([...still.keys()]).toEqual(['ConfigMap data/still']);
    expect(moved).toEqual(['ConfigMap data/edited', 'ConfigMap data/gone', 'ConfigMap data/new']);
  });
});

describe('a comparison', () => {
  test('names what is missing, extra and different, by field and without values', async () => {
    const recorded = await inventory(
      configMap('same', {}),
      configMap('lost', {}),
      configMap('changed', { a: 'secret' }),
    );
    const restored = await inventory(
      configMap('same', {}),
      configMap('more', {}),
      configMap('changed', { a: 'other' }),
    );
    const found = compareInventories(recorded, restored, new Set());
    expect(found).toEqual({
      same: 1,
      missing: ['ConfigMap data/lost'],
      extra: ['ConfigMap data/more'],
      different: [{ object: 'ConfigMap data/changed', fields: ['data.a'] }],
    });
    expect(JSON.stringify(found)).not.toMatch(/secret|other/);
  });

  test('lets what moved while the backup was made be either way', async () => {
    const recorded = await inventory(configMap('same', {}));
    const restored = await inventory(configMap('same', {}), configMap('moved', {}));
    const found = compareInventories(recorded, restored, new Set(['ConfigMap data/moved']));
    expect(found).toMatchObject({ same: 1, missing: [] });
    expect(found).toMatchObject({ extra: [], different: [] });
  });
});

/** What Velero says when it reads its credentials at the moment at which it writes them anew. */
const NO_CREDENTIALS =
  'rpc error: code = Unknown desc = failed to refresh cached credentials, no EC2 IMDS role found, operation error ' +
  'ec2imds: GetMetadata, http response error StatusCode: 403, request to EC2 IMDS failed';

describe('a restore', () => {
  const restore = (status: JsonObject): KubernetesObject => ({
    apiVersion: 'velero.io/v1',
    kind: 'Restore',
    metadata: { name: 'r' },
    status,
  });

  test('that is PartiallyFailed speaks against the backup with its errors', () => {
    const outcome = judgeRestore(restore({ phase: 'PartiallyFailed', errors: 1 }), {
      errors: ['data: no'],
      warnings: [],
    });
    expect(outcome.faults).toEqual([
      'the restore is PartiallyFailed',
      'the restore had 1 errors',
      'restore error data: no',
    ]);
  });

  test('is carried out again when all that went wrong is that Velero lost the API server', () => {
    const partly = restore({ phase: 'PartiallyFailed', errors: 2 });
    const lost = [
      'velero: error getting namespace x: Get "https://127.0.0.1:30628/api/v1/namespaces/x": dial tcp 127.0.0.1:30628: connect: connection refused',
      'x: error restoring configmaps/x/a: Post "https://127.0.0.1:30628/api/v1/namespaces/x/configmaps": read tcp 127.0.0.1:5->127.0.0.1:30628: read: connection reset by peer',
    ];
    const again = (errors: string[]) => judgeRestore(partly, { errors, warnings: [] }).again;
    expect(again(lost)).toBe('Velero lost the API server while it restored');
    // What else went wrong may speak against the backup.
    expect(again([...lost, 'x: error restoring configmaps/x/b: admission webhook denied the request'])).toBeNull();
    expect(
      again(['velero: Get "http://127.0.0.1:9000/backups/x.tar.gz": dial tcp 127.0.0.1:9000: refused']),
    ).toBeNull();
    expect(again([])).toBeNull();
  });

  test('that could not read the object store is worth another, and one of an archive that is broken is not', () => {
    const failed = (failureReason: string) => judgeRestore(restore({ phase: 'Failed', failureReason }), null).again;
    expect(failed(`restore execution failed: ${NO_CREDENTIALS}`)).toMatch(/^Velero failed at its object store/);
    expect(failed('restore execution failed: error unzipping and extracting: unexpected EOF')).toBeNull();
    expect(failed('restore execution failed: gzip: invalid header')).toBeNull();
  });

  test('orphaned by a restart of Velero is worth another', () => {
    const failureReason = 'found a restore with status "InProgress" during the server starting, mark it as "Failed"';
    expect(judgeRestore(restore({ phase: 'Failed', failureReason }), null)).toMatchObject({
      again: 'Velero was restarted while it restored',
    });
  });
});

test('namespaces of a drill are names that a cluster takes, and no two are alike', () => {
  const long = 'n'.repeat(63);
  const names = [...scratchNamespaces('0123456789ab', [long, `${long.slice(1)}m`, 'data']).values()];
  expect(new Set(names).size).toBe(3);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
});

test('what could act on the world is never restored', () => {
  const kinds = ['ingresses.networking.k8s.io', 'cronjobs.batch', 'configmaps'].map((resource) => ({
    ...CONFIG_MAP,
    resource,
  }));
  expect(comparedKinds(kinds).map(({ resource }) => resource)).toEqual(['configmaps']);
});

describe('the fields of a drill', () => {
  const drill = (more: object) =>
    veleroDrill.safeParse({ name: 'd', objectStore: 'objects', includedNamespaces: ['data'], ...more });

  test('refuse an objective that no restore can be seen to meet, with the reason', () => {
    expect(drill({ rto: '4s' }).error?.issues).toMatchObject([
      { path: ['rto'], message: 'must be at least 5s: no restore can be seen to end sooner' },
    ]);
    expect(drill({ rto: '5s' }).success).toBe(true);
    expect(drill({ rto: 'soon' }).error?.issues).toHaveLength(1);
  });

  test('take a schedule, and say how long its next backup is waited for', () => {
    expect(drill({ of: { schedule: 'daily' } }).data?.of).toEqual({ schedule: 'daily', witnessWithin: '25h' });
  });
});

test('what could act on the world is found in the namespaces of a drill, whatever brought it there', async () => {
  const kinds = ['ingresses.networking.k8s.io', 'networkpolicies.networking.k8s.io', 'configmaps'].map((resource) => ({
    apiVersion: 'v1',
    kind: resource,
    resource,
  }));
  const named = (name: string, more: JsonObject = {}) => ({ ...configMap(name, {}), ...more });
  const found: Readonly<Record<string, KubernetesObject[]>> = {
    'ingresses.networking.k8s.io': [named('web')],
    'networkpolicies.networking.k8s.io': [named('windlass-deny-all'), named('let-in')],
    Service: [named('inner', { spec: { type: 'ClusterIP' } }), named('edge', { spec: { type: 'LoadBalancer' } })],
  };
  const list = ({ kind }: { readonly kind: string }) => Promise.resolve(found[kind] ?? []);
  expect(await escaped({ list }, kinds, new Map([['data', 'drill-x-0-data']]), signal)).toEqual([
    'ingresses.networking.k8s.io data/web was restored, and would take traffic from the original',
    'networkpolicies.networking.k8s.io data/let-in was restored, and would open the isolation',
    'Service data/edge was restored as a LoadBalancer',
  ]);
});
