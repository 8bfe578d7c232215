import { activityInfo } from '@temporalio/activity';
import type { Bundle } from '../domain/bundle.ts';
import { firingName, nominalTime } from '../domain/drill/warrant.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { mayStart, narrowed, type DecisionRules, type EnvironmentPolicy } from '../domain/policy.ts';
import { isSigned, signatureDenial } from '../policy/signature.ts';
import type { RunRecord } from '../record/record.ts';
import type { RunScope } from '../contract/messages.ts';
import { adoptionOf } from './adoptions.ts';
import { addressed, workflowIdOf, type AnyStart } from './starts.ts';

const LOOK_WORDS: Readonly<Record<string, string>> = { readiness: 'look at the readiness', drift: 'look for drift' };

type WarrantRecord = Pick<RunRecord, 'firstUse' | 'read'>;

/** Of each record, the runs that it is known to have bound their start to, which never changes. */
const bound = new WeakMap<WarrantRecord, Set<string>>();

/**
 * Makes sure that the policy of now lets a run act: its start is signed and bound to it, or need not be signed, or somebody who may
 * start it has adopted it. A run that was open while workers learned to ask for this has none of the first two.
 *
 * @param start how the run began, by Temporal's word.
 * @throws WindlassFailure `Unauthorised`, which parks a step; of the store.
 */
export async function assertWarranted(
  record: WarrantRecord,
  policy: EnvironmentPolicy,
  scope: RunScope,
  start: AnyStart,
  bundle: Bundle,
): Promise<void> {
  const rules = narrowed(policy, bundle.decisions);
  const denial = await startDenial(record, policy, rules, scope, start);
  if (denial === null || (await adoptionOf(record, policy, rules, scope)) !== null) return;
  const { rollout, environment } = scope;
  const what = !('mode' in start) ? null : (LOOK_WORDS[start.mode] ?? 'drill');
  throw new WindlassFailure('Unauthorised', `Nothing was done: the run has no warrant, since ${denial}.`, {
    object: `${rollout} in ${environment}`,
    next:
      what !== null
        ? `Start the ${what} again, signed by somebody whom the policy lets start it.`
        : `Somebody whom the policy lets start it adopts it: \`windlass adopt ${rollout} --environment ${environment} --as NAME --key FILE\`. Then retry the step.`,
    retryable: false,
  });
}

/** Why the start of a run is no warrant for it; null when it is one. */
async function startDenial(
  record: WarrantRecord,
  policy: EnvironmentPolicy,
  rules: DecisionRules,
  scope: RunScope,
  start: AnyStart,
): Promise<string | null> {
  const { startedBy: by, validUntil } = start;
  // A key may have ended since; one that is revoked never counts.
  const until = Date.parse(validUntil ?? '');
  const at = Number.isNaN(until) ? Date.now() : Math.min(until, Date.now());
  const to = addressed(start);
  const denial = signatureDenial(rules, by, to, start, at);
  if (denial !== null) return denial;
  if (!mayStart(policy, by)) return `the policy does not let ${by} start it`;
  if (!isSigned(rules, by, to, start, at)) return null;
  const nonce = nonceOf(start);
  if (nonce === null) return 'its start does not say that it counts once';
  return (await isBound(record, scope, nonce)) ? null : 'its start was used for another run';
}

/** What a signed start is used up by: what it has made up, or the firing that it is of. */
function nonceOf(start: AnyStart): string | null {
  if (!('mode' in start) || start.standing === undefined) return start.nonce ?? null;
  const scheduleId = workflowIdOf(start);
  const nominal = nominalTime(activityInfo().workflowExecution?.workflowId ?? '', scheduleId);
  return nominal === null ? null : firingName(scheduleId, nominal);
}

async function isBound(record: WarrantRecord, scope: RunScope, nonce: string): Promise<boolean> {
  const known = bound.get(record) ?? new Set();
  bound.set(record, known);
  const key = `${scope.run} ${nonce}`;
  if (!known.has(key) && (await record.firstUse(scope, nonce)) === scope.run) known.add(key);
  return known.has(key);
}
