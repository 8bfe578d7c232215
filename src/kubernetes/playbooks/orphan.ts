import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { equalJson, readObject } from '../../domain/json-fields.ts';
import type { Planned } from '../plan/planned.ts';
import { NOTHING, victimOf, type Playbook, type Victim } from './playbook.ts';

/**
 * A StatefulSet whose immutable fields change: it goes without its pods and claims, and the new one adopts them by its
 * selector. Pods are replaced one by one where their template changed.
 */
export const orphan: Playbook = {
  kinds: [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }],
  derive: ({ planned, live }) => Promise.resolve({ ...NOTHING, object: orphaned(planned, live) }),
  undo: 'By the same playbook with the manifest from before: pods and claims stay in either direction.',
};

/**
 * The StatefulSet as it has to go, its pods staying; null when the API server takes the change in place.
 *
 * @throws WindlassFailure `ExpectationFailed` when the new one would not adopt the pods.
 */
export function orphaned(planned: Planned, live: KubernetesObject | null): Victim | null {
  const { declared } = planned;
  if (live === null || planned.action !== 'replace') return null;
  if (!equalJson(readObject(live, 'spec', 'selector'), readObject(declared.object, 'spec', 'selector')))
    throw new WindlassFailure(
      'ExpectationFailed',
      'Its selector changes, so that the new one would not adopt its pods.',
      {
        object: declared.label,
        next: 'Keep the selector, or give the StatefulSet another name and move its data; nothing was touched.',
      },
    );
  return victimOf(live, 'Orphan', false, ['its pods and claims stay, and the new one adopts them']);
}
