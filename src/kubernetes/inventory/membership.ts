import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isObject, read, readList, readText } from '../../domain/json-fields.ts';
import { FIELD_MANAGER } from '../identity.ts';
import type { Declared } from '../declare.ts';
import type { Planned } from '../plan/planned.ts';
import { PART_OF } from './apply-set.ts';

/** The set as members of an inventory: each object with the label that says so. */
export function asMembers(declared: readonly Declared[], id: string): readonly Declared[] {
  return declared.map((item) => {
    const { metadata } = item.object;
    return {
      ...item,
      object: { ...item.object, metadata: { ...metadata, labels: { ...metadata.labels, [PART_OF]: id } } },
    };
  });
}

/**
 * True when the label of an object is there because we applied it. Controllers copy labels to what they make, such as
 * from a Service to its Endpoints; those objects are not ours.
 */
export function isOurMember(object: KubernetesObject): boolean {
  return readList(object.metadata, 'managedFields').some(
    (entry) =>
      readText(entry, 'manager') === FIELD_MANAGER &&
      readText(entry, 'operation') === 'Apply' &&
      isObject(read(entry, 'fieldsV1', 'f:metadata', 'f:labels', `f:${PART_OF}`)),
  );
}

/**
 * Plans with what only we can tell: that an object belongs to another inventory. Two rollouts write as one field manager,
 * so that to the API server nothing stands between them.
 */
export function withForeignMembership(planned: readonly Planned[], id: string): readonly Planned[] {
  return planned.map((item) => {
    const set = item.live?.metadata.labels?.[PART_OF];
    if (set === undefined || set === id || item.action === 'unchanged') return item;
    const conflict = { manager: `another inventory (${set})`, field: `.metadata.labels.${PART_OF}` };
    return { ...item, conflicts: [...item.conflicts.filter(({ field }) => field !== conflict.field), conflict] };
  });
}
