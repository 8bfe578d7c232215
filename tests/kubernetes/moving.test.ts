import { describe, expect, test } from '@jest/globals';
import type { KubernetesApi, KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { copiesOf, MOVING } from '../../src/kubernetes/playbooks/moving.ts';

const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'data', name: 'zookeeper' };
const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace: 'data', name: 'data-zookeeper-0' },
  spec: { volumeName: 'pv-1' },
};

function volume(annotations: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv-1', annotations } };
}

function copies(...volumes: readonly KubernetesObject[]): ReturnType<typeof copiesOf> {
  const api = { list: () => Promise.resolve(volumes) } as Pick<KubernetesApi, 'list'> as KubernetesApi;
  return copiesOf(set, api, new AbortController().signal);
}

describe('a finished copy', () => {
  test('is read from the note on its volume', async () => {
    const one = volume({ [MOVING]: JSON.stringify({ claim, uid: 'old', policy: 'Delete' }) });
    expect(await copies(one)).toEqual([{ volume: one, claim, uid: 'old', policy: 'Delete' }]);
  });

  test.each([
    ['is no JSON', '{"claim":{"metadata"'],
    ['is another JSON', '[1]'],
    ['is of no claim', JSON.stringify({ uid: 'old', policy: 'Delete' })],
    ['is of something else', JSON.stringify({ claim: { ...claim, kind: 'Secret' }, uid: 'old' })],
    ['is of a claim without a name', JSON.stringify({ claim: { ...claim, metadata: {} }, uid: 'old' })],
    ['does not say which claim went before', JSON.stringify({ claim })],
    ['is gone', undefined],
  ])('whose note %s is refused, with the volume and what to do', async (_words, note) => {
    await expect(copies(volume(note === undefined ? {} : { [MOVING]: note }))).rejects.toMatchObject({
      type: 'ExpectationFailed',
      message: expect.stringContaining(`annotation ${MOVING}`),
      options: { object: 'PersistentVolume pv-1', next: expect.stringContaining(`label ${MOVING}`) },
    });
  });
});
