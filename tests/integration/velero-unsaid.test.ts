import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/json.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { isRestoreFinal, judgeRestore, RESTORE } from '../../src/velero/restore/judge.ts';
import { waitUntilEnded } from '../../src/velero/unsaid.ts';
import { freshName } from '../kubernetes/cluster.ts';
import { engineContext } from '../objectstore/support.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const namespace = 'velero';
const WITHIN_MS = 500;
let api: KubernetesClient;
let name: string;

beforeAll(async () => {
  api = await openLabCluster();
});
beforeEach(() => {
  name = freshName('unsaid');
});
afterEach(async () => {
  await api.delete({ ...RESTORE, namespace, name });
});
afterAll(() => api.close());

/** Waits for a Restore of which Velero says nothing more: it takes up only what is new. */
async function wait(status: { readonly [key: string]: Json }, written: boolean) {
  await api.apply({ ...RESTORE, metadata: { name, namespace }, spec: { backupName: 'none' }, status });
  const of = { kind: RESTORE, namespace, name, final: isRestoreFinal, written: () => Promise.resolve(written) };
  return waitUntilEnded(api, of, WITHIN_MS, engineContext());
}

test('a restore whose results are written while Velero does not say so is marked as failed, and asked for again', async () => {
  const ended = await wait({ phase: 'InProgress', progress: { totalItems: 3, itemsRestored: 3 } }, true);

  expect(ended).toEqual(await api.get({ ...RESTORE, namespace, name }));
  expect(ended?.status).toMatchObject({ phase: 'Failed', progress: { itemsRestored: 3 } });
  expect(judgeRestore(ended, null).again).toMatch(/done with it, and lost the API server/);
});

test('a restore that Velero took up and never went on with is marked as failed, and asked for again', async () => {
  const ended = await wait({ phase: 'InProgress' }, false);

  expect(ended?.status).toMatchObject({ phase: 'Failed' });
  expect(judgeRestore(ended, null).again).toMatch(/showed no progress/);
});

test('a restore that is under way when its time is over is left to Velero', async () => {
  const status = { phase: 'InProgress', progress: { totalItems: 3, itemsRestored: 1 } };
  await expect(wait(status, false)).rejects.toMatchObject({ type: 'NotReadyInTime' });

  expect((await api.get({ ...RESTORE, namespace, name }))?.status).toMatchObject(status);
});
