import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure, type FailureType } from '../domain/failure.ts';
import type { DriftInput, DrillInput, ReadinessInput, RunScope } from '../contract/messages.ts';
import type { ActivityDeps } from './deps.ts';
import { firingOf } from './firings.ts';
import { assertNotFrozenByHand } from './frozen.ts';
import { recorder } from './recorder.ts';
import { isRefusalRecorded } from './refused.ts';
import { startsOf } from './starts-on-record.ts';
import { assertMayStart, assertNotKeptBack, useOnce } from './starts.ts';

/** What is on record of a start that comes to nothing. */
export const REFUSALS: ReadonlySet<FailureType> = new Set<FailureType>(['Unauthorised', 'DecisionDenied']);

/**
 * Judges the start of a run that is no rollout's, which may be that of a schedule. One that may be used once is used up by it; one
 * that is refused is on record.
 *
 * @param about phase and step of a drill; null for what is about the rollout as a whole.
 * @returns whether it is signed, and the signature stands.
 * @throws WindlassFailure as `assertMayStart`, `assertNotFrozenByHand`, `assertNotKeptBack`, `firingOf` and `useOnce` do.
 */
export async function admitted(
  deps: Pick<ActivityDeps, 'policy' | 'record' | 'client'>,
  scope: RunScope,
  about: { readonly phase: string; readonly step: string } | null,
  start: DrillInput | ReadinessInput | DriftInput,
  bundle: Bundle,
): Promise<boolean> {
  try {
    const policy = await deps.policy.of(bundle.environment);
    const verified = assertMayStart(policy, bundle, start);
    await assertNotFrozenByHand(deps.record, policy, bundle.environment, `${bundle.rollout} in ${bundle.environment}`);
    if (!verified) return false;
    const { standing, attests } = { attests: undefined, ...start };
    // Before it is used up: a refusal is on record, and what is said anew has a use of its own.
    if (attests !== undefined)
      assertNotKeptBack(scope, start, await startsOf(deps.record, scope, (one) => one.attests === attests.check));
    const once = standing === undefined ? start : { nonce: await firingOf(deps.client, start, standing) };
    await useOnce(deps.record, scope, once);
    return true;
  } catch (error) {
    if (
      error instanceof WindlassFailure &&
      REFUSALS.has(error.type) &&
      (await isRefusalRecorded(deps.record, scope, error.summary()))
    ) {
      const { startedBy: by, signature, mode } = start;
      const denied = { type: 'start', by, signature, verified: false, mode, denial: error.message } as const;
      await recorder(deps.record)(scope, about?.phase ?? null, about?.step ?? null, denied);
    }
    throw error;
  }
}
