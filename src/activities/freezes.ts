import type { WindlassActivities } from '../contract/activities.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { MOST_FREEZES, type FreezeOrder } from '../domain/freeze-order.ts';
import { addressOfFreeze, freezeShelf, LONGEST_FREEZE_MS } from '../domain/hand-freeze.ts';
import { isGroup } from '../domain/identity.ts';
import { mayStart, type EnvironmentPolicy } from '../domain/policy.ts';
import { holdsNow } from '../policy/freeze-order.ts';
import { isSigned, signatureDenial } from '../policy/signature.ts';
import { freezeOrders } from '../record/freezes.ts';
import { REFUSALS } from './admission.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';
import { isRefusalRecorded } from './refused.ts';
import { onceDenial, useOnce } from './starts.ts';

/** Where orders are kept that were refused, so that a flood of them is not read with those that hold. */
const REFUSED = 'refused-freezes';
/** What the uses of orders are kept for: they count once, whatever the month. */
const ORDERS = 'freezes';

/** The activity that freezes an environment, and ends freezes. */
export function freezeActivities(deps: ActivityDeps): Pick<WindlassActivities, 'orderFreeze'> {
  const record = recorder(deps.record);
  return {
    orderFreeze: guarded(async ({ environment }, run) => {
      const order = await deps.callers.freezeOf(environment, run);
      const scopeOf = (rollout: string) => ({ environment, rollout, run, bundle: '' });
      try {
        const policy = await deps.policy.of(environment);
        const verified = judged(policy, order);
        if (order.until !== null) await assertRoom(deps.record, policy, environment);
        if (verified) await useOnce(deps.record, scopeOf(ORDERS), order);
        await record(scopeOf(freezeShelf(Date.now())), null, null, { type: 'freeze', order, verified, denial: null });
      } catch (error) {
        const isRefusal = error instanceof WindlassFailure && REFUSALS.has(error.type);
        if (isRefusal && (await isRefusalRecorded(deps.record, scopeOf(REFUSED), error.summary())))
          await record(scopeOf(REFUSED), null, null, { type: 'freeze', order, verified: false, denial: error.message });
        throw error;
      }
    }),
  };
}

/** @returns whether the order is signed. @throws WindlassFailure `DecisionDenied`, `Unauthorised`. */
function judged(policy: EnvironmentPolicy, order: FreezeOrder): boolean {
  const { environment, startedBy: by, until } = order;
  const [now, to, object] = [Date.now(), addressOfFreeze(environment), `environment ${environment}`];
  const verified = isSigned(policy, by, to, order, now);
  const denial = isGroup(policy.groups, by)
    ? `${by} is a group here, and nobody who could act`
    : (signatureDenial(policy, by, to, order, now) ??
      (verified ? onceDenial(to, order, now) : null) ??
      (until === null ? endDenial(order) : untilDenial(order, until, now)));
  if (denial !== null)
    throw new WindlassFailure('DecisionDenied', `The order cannot stand: ${denial}.`, {
      object,
      next: "Give it with `--key FILE` of somebody whose public key the worker's policy lists, and a time to come.",
    });
  if (!mayStart(policy, by))
    throw new WindlassFailure(
      'Unauthorised',
      `The worker's policy does not let ${by} start anything here, nor freeze it.`,
      {
        object,
        next: `Let one of these freeze it: ${policy.starters.join(', ')}.`,
      },
    );
  return verified;
}

/** Each look at an environment reads all of them. @throws WindlassFailure `DecisionDenied`; of the store. */
async function assertRoom(
  record: ActivityDeps['record'],
  policy: EnvironmentPolicy,
  environment: string,
): Promise<void> {
  const now = Date.now();
  const { entries } = await freezeOrders(record, environment, now);
  if (holdsNow(policy, entries, now).length < MOST_FREEZES) return;
  throw new WindlassFailure('DecisionDenied', `${String(MOST_FREEZES)} freezes hold here, the most that may.`, {
    object: `environment ${environment}`,
    next: 'It is frozen. End those that are not needed: `windlass freeze --end`.',
  });
}

function endDenial({ ends }: FreezeOrder): string | null {
  return ends.length === 0 ? 'it ends nothing' : null;
}

function untilDenial({ reason, ends }: FreezeOrder, until: string, now: number): string | null {
  if (reason.trim() === '') return 'it does not say why';
  if (ends.length > 0) return 'it freezes, and ends freezes too';
  const at = Date.parse(until);
  // What stood on record in another form would not read, and keep everything frozen.
  if (Number.isNaN(at) || new Date(at).toISOString() !== until)
    return 'its end is no time in UTC (ISO 8601, with milliseconds)';
  if (at <= now) return `it is until ${until}, which is over`;
  return at > now + LONGEST_FREEZE_MS ? `it is until ${until}, and a freeze by hand holds for two weeks at most` : null;
}
