import type { Change, ChangedField } from '../../domain/change.ts';
import { jsonText } from '../../domain/json.ts';
import { readObject } from '../../domain/json-fields.ts';
import { groupOf, type KubernetesObject } from '../../domain/kubernetes-api.ts';
import { authorsOf } from '../../domain/managed-fields.ts';
import type { Prerequisite } from '../../domain/prerequisite.ts';
import type { Declared } from '../declare.ts';
import { isDefinition, kindsDefinedBy } from '../../manifests/definitions.ts';
import { differenceLine, shownDifference, type Difference } from './diff.ts';
import type { FieldPath } from './field-path.ts';

/** A field that another manager owns and that the declaration wants otherwise. */
export interface Conflict {
  readonly manager: string;
  readonly field: string;
}

/** A Job that came to its end and is gone. */
interface FinishedJob {
  readonly uid: string;
  /** When it was complete, as ISO 8601. */
  readonly at: string;
}

/** What applying one object would do. */
export interface Planned {
  readonly declared: Declared;
  readonly action: 'create' | 'update' | 'replace' | 'unchanged';
  /** The object as it is now; null when it is not there. */
  readonly live: KubernetesObject | null;
  /** The fields that would change. */
  readonly differences: readonly Difference[];
  /** What else there is to know, in words. */
  readonly notes: readonly string[];
  readonly conflicts: readonly Conflict[];
  /** A Job that its own time to live has removed: it is not made again. */
  readonly finished?: FinishedJob;
  /** What has to be applied before the declaration, so that the server takes it; changes no value. */
  readonly first?: KubernetesObject;
  /** Places that others have to let go after that: what is there goes with the declaration. */
  readonly letGo?: readonly FieldPath[];
}

/** What would change of an object, and what else there is to know, a line each. */
export function linesOf({
  declared,
  differences,
  notes,
}: Pick<Planned, 'declared' | 'differences' | 'notes'>): string[] {
  return [...differences.map((difference) => differenceLine(declared.ref, difference)), ...notes];
}

/**
 * What people read of it.
 *
 * @param force whether fields of other managers are taken over.
 * @param authors whether the fields that differ are told with who set them, in place of a line each.
 */
export function changeOf(planned: Planned, force: boolean, authors = false): Change {
  const { declared, action, conflicts, finished } = planned;
  const order = destroyingOrder(declared.object);
  const fate = force ? 'taken over' : 'refused unless force is set';
  const lines = [
    ...(authors ? planned.notes : linesOf(planned)),
    ...(order === null ? [] : [order]),
    ...(finished === undefined ? [] : [finishedLine(finished.at)]),
    ...(authors ? [] : conflicts.map(({ manager, field }) => `${field} belongs to ${manager}: ${fate}`)),
  ];
  return {
    action,
    what: declared.label,
    // Nothing is ever deleted to be replaced here, yet whoever reads the plan must see that this is what it would take.
    destructive: action === 'replace' || (order !== null && action !== 'unchanged'),
    ...(lines.length > 0 ? { detail: lines } : {}),
    ...(authors && planned.differences.length > 0 ? { fields: authoredFields(planned) } : {}),
    ...(action === 'create' ? { makes: madeBy(declared) } : {}),
  };
}

/** The fields that would change, with who set each as it is. */
export function authoredFields({ declared, live, differences }: Planned): readonly ChangedField[] {
  return differences.map((difference) => ({
    ...shownDifference(declared.ref, difference),
    by: live === null ? [] : authorsOf(live, difference.path),
  }));
}

/** What an object has a controller destroy as soon as it is there, in words; null for nothing that anybody could know by its kind. */
function destroyingOrder(object: KubernetesObject): string | null {
  const { apiVersion, kind } = object;
  if (groupOf(apiVersion) !== 'velero.io') return null;
  const { backupName = null, existingResourcePolicy = null } = readObject(object, 'spec');
  if (kind === 'DeleteBackupRequest')
    return `Velero deletes backup ${jsonText(backupName)}, and what it holds, once this is there`;
  if (kind === 'Restore' && existingResourcePolicy === 'update')
    return 'Velero overwrites objects that are there with those of the backup (existingResourcePolicy: update)';
  return null;
}

/** The object, and the kinds that it makes. */
function madeBy({ ref, object }: Declared): readonly Prerequisite[] {
  const kinds = isDefinition(object) ? kindsDefinedBy(object) : [];
  return [
    { is: 'object', object: ref },
    ...kinds.map(({ apiVersion, kind }): Prerequisite => ({ is: 'kind', kind: { apiVersion, kind } })),
  ];
}

/** What is said of a Job that is not there any more. */
export function finishedLine(time: string): string {
  return `complete, seen so at ${time}; its own time to live has removed it`;
}
