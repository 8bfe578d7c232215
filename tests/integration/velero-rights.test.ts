import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { credentialsRef, locationRef, veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { labKubeconfig } from '../support/lab-cluster.ts';

const name = `rights-${randomBytes(6).toString('hex')}`;
const spec = veleroLocation.parse({ name, bucket: name, objectStore: 'objects', validationFrequency: '1s' });
const store = labStore();
const kubeconfig = labKubeconfig();
let admin: KubernetesClient;

/** The Role and RoleBinding that are shipped, for a location and a service account of this test. */
function rights(): KubernetesObject[] {
  const shipped = readFileSync(new URL('../../deploy/kubernetes/rbac-velero.yaml', import.meta.url), 'utf8')
    .replaceAll('default-credentials', `${name}-credentials`)
    .replaceAll('windlass-location', name)
    .replaceAll('name: windlass-worker', `name: ${name}`);
  return parseAllDocuments(shipped).map((document) => document.toJS() as KubernetesObject);
}

/** A client that acts as a service account of namespace windlass. */
async function actingAs(account: string): Promise<KubernetesClient> {
  const config = parse(kubeconfig) as { users: { user: Record<string, unknown> }[] };
  config.users[0]!.user['as'] = `system:serviceaccount:windlass:${account}`;
  return openKubernetes({ kubeconfig: stringify(config) });
}

beforeAll(async () => {
  admin = await openKubernetes({ kubeconfig });
  for (const object of rights()) await admin.apply(object);
  await s3Client(store).makeBucket(name, store.region);
});

afterAll(async () => {
  for (const object of rights()) {
    const { apiVersion, kind, metadata } = object;
    await admin.delete({ apiVersion, kind, namespace: 'velero', name: metadata.name });
  }
  await admin.delete(locationRef(spec));
  await admin.delete(credentialsRef(spec));
  await s3Client(store).removeBucket(name);
  await admin.close();
});

test('the rights of deploy/kubernetes are enough for a storage location', async () => {
  const worker = await actingAs(name);
  try {
    const engine = veleroLocationEngine(worker, store);
    const applied = await engine.apply(spec, engineContext());
    expect(applied.findings.map((finding) => finding.holds)).toEqual([true, true, true]);
    expect(await engine.plan(spec, engineContext())).toMatchObject([{ action: 'unchanged' }, { action: 'unchanged' }]);
  } finally {
    await worker.close();
  }
});

test('without them the step is denied, and says what is missing', async () => {
  const stranger = await actingAs(`${name}-stranger`);
  try {
    await expect(veleroLocationEngine(stranger, store).plan(spec, engineContext())).rejects.toMatchObject({
      type: 'AccessDenied',
      message: expect.stringContaining('may not get backupstoragelocations') as unknown,
    });
  } finally {
    await stranger.close();
  }
});
