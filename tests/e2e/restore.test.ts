import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { KindRef, KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { RolloutStatus } from '../../src/domain/status.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { BACKUP } from '../../src/velero/backup/objects.ts';
import { RESTORE } from '../../src/velero/restore/judge.ts';
import { until } from '../support/poll.ts';
import { freshName, labVariable, ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';
import { windlass, windlassJson } from './support/windlass.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const API_VERSION = 'windlass.dev/v1alpha1';
const name = freshName();
const cluster = `cluster-${name}`;
const at = (rollout: string) => [rollout, '--environment', 'lab'];
let own: OwnSettings;
let directory: string;
let worker: TestWorker;
let api: KubernetesClient;

const rollout = {
  apiVersion: API_VERSION,
  kind: 'Rollout',
  metadata: { name },
  spec: {
    targets: { [cluster]: { kind: 'kubernetes' }, objects: { kind: 's3' } },
    phases: [
      {
        name: 'shop',
        steps: [
          { name: 'shop', kind: 'kubernetes.apply', target: cluster, with: { manifests: ['manifests'] } },
          { name: 'bucket', kind: 'objectstore.bucket', target: 'objects', with: { bucket: name } },
          {
            name: 'location',
            kind: 'velero.location',
            target: cluster,
            needs: ['bucket'],
            with: { name, objectStore: 'objects', bucket: name, validationFrequency: '1s' },
          },
          {
            name: 'drill',
            kind: 'velero.drill',
            target: cluster,
            needs: ['shop', 'location'],
            with: { name, objectStore: 'objects', includedNamespaces: [name], storageLocation: name, rto: '10m' },
          },
        ],
      },
    ],
  },
};
const environment = {
  apiVersion: API_VERSION,
  kind: 'Environment',
  metadata: { name: 'lab' },
  spec: {
    targets: {
      [cluster]: { kind: 'kubernetes', kubeconfig: { fromEnvFile: 'WINDLASS_LAB_KUBECONFIG' } },
      objects: {
        kind: 's3',
        endpoint: { fromEnv: 'WINDLASS_LAB_S3_ENDPOINT' },
        accessKey: { fromEnv: 'WINDLASS_LAB_S3_ACCESS_KEY' },
        secretKey: { fromEnv: 'WINDLASS_LAB_S3_SECRET_KEY' },
      },
    },
    decisions: { signatures: 'optional', selfApproval: false, groups: { platform: ['grace'] } },
  },
};
const manifests: readonly KubernetesObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: name }, data: { level: 'info' } },
];

beforeAll(async () => {
  api = await openLabCluster();
  own = await ownSettings();
  directory = join(own.scratch, name);
  await mkdir(join(directory, 'environments'), { recursive: true });
  await mkdir(join(directory, 'manifests'));
  await writeFile(join(directory, 'rollout.yaml'), stringify(rollout));
  await writeFile(join(directory, 'environments', 'lab.yaml'), stringify(environment));
  for (const [index, object] of manifests.entries())
    await writeFile(join(directory, 'manifests', `${index}.yaml`), stringify(object));
  worker = await TestWorker.start(own.settings, join(own.scratch, 'worker.log'));
  const started = await windlass(['start', directory, '--environment', 'lab', '--watch', '--as', 'ada'], own.settings);
  expect(started).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await worker.stop('SIGTERM');
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  await forgetOnCluster();
  await api.close();
  own.remove();
});

const LOCATION: KindRef = { apiVersion: 'velero.io/v1', kind: 'BackupStorageLocation' };

/** Takes away what the cluster knows of backups; what is in the bucket stays. */
async function forgetOnCluster(): Promise<void> {
  await api.delete({ ...LOCATION, namespace: 'velero', name });
  for (const kind of [RESTORE, BACKUP])
    for (const { metadata } of await api.list(kind, { namespace: 'velero' }))
      if (metadata.name.includes(name)) await api.delete({ ...kind, namespace: 'velero', name: metadata.name });
}

async function restoreState(): Promise<string | undefined> {
  const { document } = await windlassJson(['status', ...at(`${name}-restore`)], own.settings);
  return (document as Partial<RolloutStatus>).phases?.at(0)?.steps.at(-1)?.state;
}

describe('windlass restore', () => {
  test('starts nothing while nothing is missing', async () => {
    const restored = await windlassJson(['restore', ...at(directory), '--latest-proven'], own.settings);
    expect(restored).toMatchObject({ code: 0, document: { started: null, steps: [{ step: `location-${name}` }, {}] } });
    expect(restored.stderr).toContain('nothing was started');
  });

  test('asks which backup is meant', async () => {
    const neither = await windlassJson(['restore', ...at(directory)], own.settings);
    expect(neither).toMatchObject({ code: 2, document: { error: { type: 'WrongUsage' } } });
    const unknown = await windlassJson(['restore', ...at(directory), '--backup', 'no-such'], own.settings);
    expect(unknown).toMatchObject({
      code: 1,
      document: { error: { type: 'NotFound', object: 'Backup velero/no-such' } },
    });
  });

  test('on a cluster that lost all it knew, finds the proven backup by the record and restores it once approved', async () => {
    await api.delete({ apiVersion: 'v1', kind: 'Namespace', name });
    await until(async () => (await api.get({ apiVersion: 'v1', kind: 'Namespace', name })) === null);
    await forgetOnCluster();

    const args = ['restore', ...at(directory), '--latest-proven', '--namespace', name, '--approvers', 'platform'];
    const shown = await windlassJson([...args, '--plan'], own.settings);
    expect(shown).toMatchObject({
      code: 0,
      document: {
        rollout: `${name}-restore`,
        started: null,
        gate: { approvers: ['platform'], reason: expect.stringContaining(`Restores namespace ${name} from`) },
        steps: [
          {
            step: `location-${name}`,
            changes: expect.arrayContaining([expect.objectContaining({ action: 'create' })]),
          },
          { step: 'restore', failure: null, changes: [{ action: 'unknown', knownAfter: `restore/location-${name}` }] },
        ],
      },
    });

    const started = await windlass([...args, '--as', 'ada'], own.settings);
    expect(started.code).toBe(0);
    expect(started.stdout).toContain(`windlass approve ${name}-restore restore/restore --environment lab`);
    await until(async () => (await restoreState()) === 'gate');
    const stranger = await windlassJson(['approve', ...at(`${name}-restore`), '--yes', '--as', 'ada'], own.settings);
    expect(stranger).toMatchObject({ code: 4, document: { error: { type: 'DecisionDenied' } } });
    const approved = await windlass(['approve', ...at(`${name}-restore`), '--yes', '--as', 'grace'], own.settings);
    expect(approved.code).toBe(0);
    expect(approved.stdout).toContain(`ConfigMap ${name}/settings`);
    expect(approved.stdout).toContain('as the record says');
    const watched = await windlassJson(['watch', ...at(`${name}-restore`)], own.settings);
    expect(watched).toMatchObject({ code: 0, document: { status: { state: 'done' } } });
    const settings = await api.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: name, name: 'settings' });
    expect(settings?.data).toEqual({ level: 'info' });
  });

  test('is in the runbook afterwards, with the proven backup, its times, and what is not proven', async () => {
    const runbook = await windlass(['report', ...at(directory), '--recovery'], own.settings);
    expect(runbook.code).toBe(0);
    for (const text of [
      `was proven by Drill velero/${name} at 20`,
      'Restored in earnest last at 20',
      `windlass restore ${directory} --environment lab --latest-proven --namespace ${name}`,
      'is NOT IN THE BACKUPS at all',
    ])
      expect(runbook.stdout).toContain(text);
    expect(runbook.stdout).not.toContain(labVariable('WINDLASS_LAB_S3_SECRET_KEY'));
  });
});
