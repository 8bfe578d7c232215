import { describe, expect, test } from '@jest/globals';
import { applySetId, inventoryOf } from '../../src/kubernetes/inventory/apply-set.ts';
import { annotationsOf, contentsOf, isSame, readContents, union } from '../../src/kubernetes/inventory/contents.ts';

const owner = { rollout: 'shop', environment: 'lab', bundle: 'b', run: 'r', phase: 'p', step: 's' };
const home = { namespace: 'default', target: 'cluster' };
const refs = [
  { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  { apiVersion: 'v1', kind: 'Secret', namespace: 'data', name: 'login' },
  { apiVersion: 'v1', kind: 'Namespace', name: 'shop' },
];

describe('an inventory', () => {
  test('has the id that the specification gives its parent', () => {
    // The example of the documentation of Kubernetes: Secret `my-set` of namespace `test`.
    const parent = { apiVersion: 'v1', kind: 'Secret', namespace: 'test', name: 'my-set' };
    expect(applySetId(parent)).toBe('applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1');
  });

  test('is one per rollout, environment and target', () => {
    const ids = [
      inventoryOf(home, owner),
      inventoryOf({ ...home, target: 'other' }, owner),
      inventoryOf(home, { ...owner, rollout: 'other' }),
      inventoryOf(home, { ...owner, environment: 'other' }),
      inventoryOf({ ...home, namespace: 'other' }, owner),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
    expect(inventoryOf(home, { ...owner, run: 'another', step: 'another' }).id).toBe(ids[0]);
  });
});

describe('what an inventory says of its members', () => {
  test('is read as it was written, its own namespace included', () => {
    const { ref } = inventoryOf(home, owner);
    const contents = contentsOf(refs);
    const annotations = annotationsOf(contents, ref);
    expect(annotations).toEqual({
      'applyset.kubernetes.io/contains-group-kinds': 'Deployment.apps,Namespace,Secret',
      'applyset.kubernetes.io/additional-namespaces': 'data,shop',
    });
    const read = readContents({ ...ref, metadata: { name: ref.name, namespace: 'default', annotations } });
    expect(isSame(read, union(contents, contentsOf([{ ...ref, kind: 'Secret' }])))).toBe(true);
    expect(isSame(read, contents)).toBe(false);
  });
});
