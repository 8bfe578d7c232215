import type { Change } from '../../domain/change.ts';
import type { VeleroLocationSpec } from '../../domain/kinds/velero-location.ts';
import { NOT_VALIDATED, reasonOf, type Reason } from '../reason.ts';
import type { LocationPlan } from './plan.ts';
import { isRecent, statusOf, type LocationStatus } from './status.ts';

/** Why a location cannot be used now; null when Velero calls it Available and still looks. */
export function unavailability(status: LocationStatus, spec: VeleroLocationSpec, now: number): Reason | null {
  if (!isRecent(status, spec, now)) return NOT_VALIDATED;
  if (status.phase === 'Available') return null;
  return status.phase === 'Unavailable' ? reasonOf(status.message) : NOT_VALIDATED;
}

/**
 * The changes of a plan. A location that is as declared and still not Available is a change too: the step waits for it,
 * and whoever reads the plan must know.
 */
export function changesOf(
  spec: VeleroLocationSpec,
  { secret, location }: LocationPlan,
  now: number,
): readonly Change[] {
  const { change, found } = location;
  const why = found === null ? null : unavailability(statusOf(found), spec, now);
  if (change.action !== 'unchanged' || why === null) return [secret.change, change];
  return [
    secret.change,
    { ...change, action: 'update', detail: [`is not Available: ${why.why}; the step waits for it`] },
  ];
}
