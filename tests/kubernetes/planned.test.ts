import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { changeOf, type Planned } from '../../src/kubernetes/plan/planned.ts';

function planned(
  action: Planned['action'],
  kind: string,
  spec: KubernetesObject['spec'],
  apiVersion = 'velero.io/v1',
): Planned {
  const metadata = { name: 'one', namespace: 'velero' };
  const object = { apiVersion, kind, metadata, spec } as KubernetesObject;
  const declared = {
    label: `${kind} velero/one`,
    object,
    ref: { apiVersion, kind, ...metadata },
  } as Planned['declared'];
  return { declared, action, live: null, differences: [], notes: [], conflicts: [] };
}

describe('an object that has a controller destroy something', () => {
  test('is destructive to make, and says what goes', () => {
    const change = changeOf(planned('create', 'DeleteBackupRequest', { backupName: 'nightly' }), false);
    expect(change).toMatchObject({ action: 'create', destructive: true });
    expect(change.detail).toEqual([expect.stringContaining('Velero deletes backup "nightly"')]);
    expect(changeOf(planned('update', 'Restore', { existingResourcePolicy: 'update' }), false).destructive).toBe(true);
  });

  test.each([
    ['unchanged', 'DeleteBackupRequest', { backupName: 'nightly' }, 'velero.io/v1'],
    ['create', 'Restore', { existingResourcePolicy: 'none' }, 'velero.io/v1'],
    ['create', 'Backup', {}, 'velero.io/v1'],
    ['create', 'DeleteBackupRequest', {}, 'example.com/v1'],
  ] as const)('is none: %s %s %j of %s', (action, kind, spec, apiVersion) => {
    const change = changeOf(planned(action, kind, spec, apiVersion), false);
    expect(change.destructive).toBe(false);
  });
});
