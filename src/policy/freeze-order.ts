import type { FreezeOrder } from '../domain/freeze-order.ts';
import { addressOfFreeze } from '../domain/hand-freeze.ts';
import { mayStart, type EnvironmentPolicy } from '../domain/policy.ts';
import { signatureDenial } from './signature.ts';

/** Whether an order on record stands by the policy of now: signed where it must be, by somebody who may start. */
export function standsNow(policy: EnvironmentPolicy, order: FreezeOrder, now: number): boolean {
  const { startedBy: by, environment } = order;
  return mayStart(policy, by) && signatureDenial(policy, by, addressOfFreeze(environment), order, now) === null;
}
