import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../src/domain/json.ts';
import { veleroDrill } from '../../src/domain/kinds/velero-drill.ts';
import type { KindRef, KubernetesObject, ObjectRef } from '../../src/domain/kubernetes-api.ts';
import { modifiersObject, restoreObject } from '../../src/velero/drill/restore-objects.ts';
import { claimsInUse } from '../../src/velero/drill/volumes/claims.ts';
import { discardVolumes } from '../../src/velero/drill/volumes/discard.ts';
import { volumeBackups } from '../../src/velero/drill/volumes/volume-backups.ts';

const { signal } = new AbortController();
const keys = { run: '0123456789ab', step: 'ba9876543210' };

function spec(more: JsonObject) {
  return veleroDrill.parse({ name: 'd', objectStore: 'o', includedNamespaces: ['data'], ...more });
}

/** A cluster that holds these objects. */
function cluster(...objects: readonly KubernetesObject[]) {
  return {
    list: ({ kind }: KindRef, { namespace }: { readonly namespace?: string } = {}) =>
      Promise.resolve(objects.filter((one) => one.kind === kind && one.metadata.namespace === namespace)),
  };
}

function kindsOf(drill: ReturnType<typeof spec>): readonly string[] {
  const { data } = modifiersObject(drill, keys, 1) as unknown as { readonly data: { readonly 'rules.yaml': string } };
  const { resourceModifierRules: rules } = JSON.parse(data['rules.yaml']) as {
    readonly resourceModifierRules: readonly { readonly conditions: { readonly groupResource: string } }[];
  };
  return rules.map(({ conditions }) => conditions.groupResource);
}

function excludedBy(drill: ReturnType<typeof spec>): readonly string[] {
  const restore = restoreObject(drill, keys, 'b', new Map([['data', 'drill-x-0-data']]));
  return (restore['spec'] as { readonly excludedResources: readonly string[] }).excludedResources;
}

describe('the restore of a drill', () => {
  test('has pods only where volumes are filled through them, and then every one of them is changed', () => {
    for (const more of [{}, { volumes: 'snapshot', inspector: 'i' }, { volumes: 'file-system' }, { inspector: 'i' }]) {
      expect(excludedBy(spec(more))).toContain('pods');
      expect(kindsOf(spec(more))).not.toContain('pods');
    }
    const proving = spec({ volumes: 'file-system', inspector: 'i' });
    expect(excludedBy(proving)).not.toContain('pods');
    expect(kindsOf(proving).filter((kind) => kind === 'pods')).toHaveLength(3);
  });

  test('never binds the volumes of the originals where their data is in the backup', () => {
    expect(kindsOf(spec({ volumes: 'file-system' }))).toContain('persistentvolumeclaims');
    expect(kindsOf(spec({}))).not.toContain('persistentvolumeclaims');
  });
});

describe('what a drill finds on the cluster', () => {
  const claim = (name: string, phase: string, more: JsonObject = {}): KubernetesObject => ({
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace: 'data' } },
    ...{ spec: more, status: { phase } },
  });
  const pod = (name: string, phase: string, claimName: string): KubernetesObject => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'data' } },
    spec: { nodeName: `node-of-${name}`, volumes: [{ emptyDir: {} }, { persistentVolumeClaim: { claimName } }] },
    status: { phase },
  });

  test('are the bound claims that are file systems, and where a pod that runs has each mounted', async () => {
    const api = cluster(
      claim('used', 'Bound'),
      claim('idle', 'Bound'),
      claim('left', 'Bound'),
      claim('pending', 'Pending'),
      claim('raw', 'Bound', { volumeMode: 'Block' }),
      pod('db', 'Running', 'used'),
      pod('job', 'Succeeded', 'left'),
    );
    const idle = { namespace: 'data', name: 'idle', node: null };
    const used = { namespace: 'data', name: 'used', node: 'node-of-db' };
    expect(await claimsInUse(api, ['data'], { ended: false }, signal)).toEqual([
      used,
      idle,
      { namespace: 'data', name: 'left', node: null },
    ]);
    expect(await claimsInUse(api, ['data'], { ended: true }, signal)).toEqual([
      used,
      idle,
      { namespace: 'data', name: 'left', node: 'node-of-job' },
    ]);
  });

  test('are the volumes in a backup: those of claims, those of none, and those that failed', async () => {
    const made = (volume: string, phase: string, claimName?: string): KubernetesObject => ({
      apiVersion: 'velero.io/v1',
      kind: 'PodVolumeBackup',
      metadata: {
        ...{ name: volume, namespace: 'velero' },
        annotations: claimName === undefined ? {} : { 'velero.io/pvc-name': claimName },
      },
      spec: { volume, pod: { namespace: 'data', name: 'db' } },
      status: { phase, ...(phase === 'Failed' ? { message: 'no space left' } : {}) },
    });
    const api = cluster(made('a', 'Completed', 'used'), made('b', 'Completed'), made('c', 'Failed', 'idle'));
    expect(await volumeBackups(api, 'velero', 'b', signal)).toEqual({
      claims: new Set(['data/used']),
      others: ['volume b of Pod data/db'],
      faults: ['the backup of volume c of Pod data/db is Failed: no space left'],
    });
  });
});

test('the volumes of a drill go with its claims, and no others', async () => {
  const volume = (name: string, namespace: string, policy: string, provisioned: boolean): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: provisioned ? { 'pv.kubernetes.io/provisioned-by': 'p' } : {} },
    spec: { claimRef: { namespace, name: 'data' }, persistentVolumeReclaimPolicy: policy },
  });
  const merged: string[] = [];
  const api = {
    ...cluster(
      volume('kept', 'drill-x-0-data', 'Retain', true),
      volume('going', 'drill-x-0-data', 'Delete', true),
      volume('by-hand', 'drill-x-0-data', 'Retain', false),
      volume('original', 'data', 'Retain', true),
    ),
    merge: (ref: ObjectRef, fields: JsonObject) => {
      merged.push(`${ref.kind} ${ref.name} ${JSON.stringify(fields)}`);
      return Promise.resolve({ ...ref, metadata: { name: ref.name } });
    },
  };
  await discardVolumes(api, ['drill-x-0-data'], signal);
  expect(merged).toEqual(['PersistentVolume kept {"spec":{"persistentVolumeReclaimPolicy":"Delete"}}']);
});
