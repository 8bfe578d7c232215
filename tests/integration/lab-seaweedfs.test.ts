import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { labPaths } from '../../src/lab/directory.ts';
import { labDown, labReset, labServer, labStatus, labUp, storeOfLab, type LabEnv } from '../../src/lab/index.ts';
import { seedBuckets } from '../../src/lab/seed/buckets.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { until } from '../support/poll.ts';

// A lab of its own: its buckets lie in SeaweedFS, where the shared one's lie in MinIO.
const parent = mkdtempSync(join(tmpdir(), 'windlass-seaweed-'));
chmodSync(parent, 0o755);
const dir = join(parent, 'lab');
let env: LabEnv;

const connection = () => ({
  endpoint: env.WINDLASS_LAB_S3_ENDPOINT,
  accessKey: env.WINDLASS_LAB_S3_ACCESS_KEY,
  secretKey: env.WINDLASS_LAB_S3_SECRET_KEY,
});

beforeAll(async () => {
  ({ env } = await labUp({ dir, with: ['seaweedfs'] }));
});
afterAll(async () => {
  await labReset(dir);
});

describe('a lab with SeaweedFS in the place of MinIO', () => {
  test('has no MinIO, and an object store that refuses whoever does not sign', async () => {
    const { servers } = await labStatus(dir);
    expect(servers.map(({ name }) => name)).toContain('seaweedfs');
    expect(servers.map(({ name }) => name)).not.toContain('minio');
    const answer = await fetch(env.WINDLASS_LAB_S3_ENDPOINT);
    expect(answer.status).toBe(403);
    await expect(answer.text()).resolves.toContain('AccessDenied');
  });

  test('gives Velero a place for backups that is available', async () => {
    await seedBuckets(labPaths(dir), connection(), [{ name: 'backups', objects: [] }]);
    const cluster = await openLabCluster({ ...env });
    try {
      const location = { apiVersion: 'velero.io/v1', kind: 'BackupStorageLocation', name: 'here', namespace: 'velero' };
      const { name, namespace, ...type } = location;
      await cluster.create({
        ...type,
        metadata: { name, namespace },
        spec: {
          ...{ provider: 'aws', objectStorage: { bucket: 'backups' }, validationFrequency: '1s' },
          config: { region: 'us-east-1', s3ForcePathStyle: 'true', s3Url: env.WINDLASS_LAB_S3_ENDPOINT },
        },
      });
      await until(async () => JSON.stringify(await cluster.get(location)).includes('"phase":"Available"'));
    } finally {
      await cluster.close();
    }
  });

  test('keeps its buckets there when it comes up again without being asked for it', async () => {
    await labDown(dir);
    expect(storeOfLab(dir)).toBe('seaweedfs');
    ({ env } = await labUp({ dir }));
    expect(labServer(dir, 'seaweedfs').pid).toBeDefined();
    const client = s3Client({ ...connection(), region: 'us-east-1', pathStyle: true });
    await expect(client.bucketExists('backups')).resolves.toBe(true);
  });
});

test('a lab whose buckets lie in MinIO refuses SeaweedFS', async () => {
  const shared = process.env['WINDLASS_LAB_DIR']!;
  expect(storeOfLab(shared)).toBe('minio');
  await expect(labUp({ dir: shared, with: ['seaweedfs'] })).rejects.toThrow(/Its buckets lie in MinIO/);
});
