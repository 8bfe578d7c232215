import type { FreezeOrder } from '../domain/freeze-order.ts';
import { addressOfFreeze, handHolds, type HandHold } from '../domain/hand-freeze.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import { mayStart, type EnvironmentPolicy } from '../domain/policy.ts';
import { signatureDenial } from './signature.ts';

/**
 * The freezes by hand that hold at a time by the policy of then, oldest first.
 *
 * @param policy undefined where it is not known: then each end on record is taken for one.
 * @param now milliseconds since the epoch.
 */
export function holdsNow(
  policy: EnvironmentPolicy | undefined,
  entries: readonly RecordEntry[],
  now: number,
): readonly HandHold[] {
  return handHolds(entries, now, (order) => policy === undefined || standsNow(policy, order, now));
}

/** Whether an order on record stands by the policy of now: signed where it must be, by somebody who may start. */
function standsNow(policy: EnvironmentPolicy, order: FreezeOrder, now: number): boolean {
  const { startedBy: by, environment } = order;
  return mayStart(policy, by) && signatureDenial(policy, by, addressOfFreeze(environment), order, now) === null;
}
