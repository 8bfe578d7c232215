import { WindlassFailure } from '../../domain/failure.ts';
import { combined } from '../combined.ts';
import { PART_OF } from '../inventory/apply-set.ts';
import type { Planned } from '../plan/planned.ts';

/**
 * Refuses a plan that cannot be carried out as it is, before anything is touched.
 *
 * @throws WindlassFailure `OwnershipConflict`, `InvalidManifest` for immutable fields, `TargetBusy` while an object is
 * being deleted; all objects together.
 */
export function refuseImpossible(planned: readonly Planned[], force: boolean): void {
  const failures = planned.flatMap((item) => refusalOf(item, force) ?? []);
  if (failures.length > 0) throw combined(failures, { applied: 0 });
}

function refusalOf({ declared, action, live, notes, conflicts }: Planned, force: boolean): WindlassFailure | null {
  const { label } = declared;
  if (action === 'replace')
    return new WindlassFailure('InvalidManifest', `It differs in fields that cannot be changed: ${notes.join('; ')}`, {
      object: label,
      next: 'Give the fields their old values, or delete the object by hand first. Windlass deletes nothing here; recreating is a step of its own (kubernetes.recreate).',
    });
  if (action === 'create' && live !== null)
    return new WindlassFailure('TargetBusy', 'It is still being deleted.', {
      object: label,
      next: 'Wait until it is gone; look at its finalizers if it stays.',
    });
  if (conflicts.length > 0 && !force)
    return new WindlassFailure(
      'OwnershipConflict',
      `Fields belong to another manager: ${conflicts.map((c) => `${c.field} to ${c.manager}`).join(', ')}.`,
      {
        object: label,
        next: adviceOn(conflicts.map(({ field }) => field)),
        facts: { conflicts: conflicts.map(({ manager, field }) => ({ manager, field })) },
      },
    );
  return null;
}

/** What to do about fields of others: the label that says whose an object is stands in no manifest. */
function adviceOn(fields: readonly string[]): string {
  const whose = fields.filter((field) => field.includes(PART_OF));
  const others = fields.length - whose.length;
  const advice = [
    ...(whose.length > 0
      ? [`Another owner's label ${PART_OF} is on it: let that one give it up, or leave it out of this rollout`]
      : []),
    ...(others > 0 ? ['take the fields out of the manifest'] : []),
    'set force: true to take them over',
  ].join(', or ');
  return `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`;
}
