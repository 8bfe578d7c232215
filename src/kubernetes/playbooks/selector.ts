import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readList, readText } from '../../domain/json-fields.ts';
import { NOTHING, victimOf, type Playbook } from './playbook.ts';

const REPLICA_SET = { apiVersion: 'apps/v1', kind: 'ReplicaSet' } as const;

/**
 * A Deployment whose selector changes: it goes without its ReplicaSets, whose pods serve on until those of the new one
 * are ready; then they go.
 */
export const selector: Playbook = {
  kinds: [{ apiVersion: 'apps/v1', kind: 'Deployment' }],

  async derive({ planned, live, api, signal }) {
    if (live === null || planned.action !== 'replace') return NOTHING;
    const { namespace = '' } = planned.declared.ref;
    const sets = await api.list(REPLICA_SET, { namespace, signal });
    const owned = sets.filter((set) => isOwnedBy(set, live));
    return {
      ...NOTHING,
      object: victimOf(live, 'Orphan', false, ['its pods serve on until the new ones are ready']),
      sweep: owned.map((set) => victimOf(set, 'Background', false, ['goes with its pods once the new ones are ready'])),
    };
  },

  undo: 'By the same playbook with the manifest from before.',
};

function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return readList(object, 'metadata', 'ownerReferences').some((one) => readText(one, 'uid') === owner.metadata.uid);
}
