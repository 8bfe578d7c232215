import { isCancellation, setCurrentDetails, upsertSearchAttributes, uuid4, workflowInfo } from '@temporalio/workflow';
import type { AssessmentShape } from '../contract/activities.ts';
import { readReadinessInput } from '../contract/message-schemas.ts';
import { SEARCH_ATTRIBUTES, type ReadinessInput, type ReadinessOutcome, type RunScope } from '../contract/messages.ts';
import type { FailureSummary } from '../domain/failure.ts';
import { stepPath } from '../domain/names.ts';
import type { ReadinessNews } from '../domain/notification.ts';
import type { StepLook } from '../domain/readiness/look.ts';
import { assessor, bookkeeping, stepVerifier } from './activities.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import { readinessDetails } from './readiness-details.ts';
import { argument, Mailbox } from './receive.ts';
import { tellWebhooks } from './tell.ts';

/** Steps that are verified at once: a cluster answers several, and a worker has other work. */
const AT_ONCE = 4;

/**
 * Looks at how ready a rollout is, apart from its runs: verifies the steps that checks ask for, which touches nothing, asks what else
 * they ask, and records what it comes to. Webhooks are told when it fell, and when it could not be told.
 *
 * @throws ApplicationFailure with the summary of what failed; CancelledFailure.
 */
export async function readiness(sent: ReadinessInput): Promise<ReadinessOutcome> {
  const input = argument('look at the readiness', readReadinessInput, sent);
  const { environment, rollout, bundle } = input;
  const scope: RunScope = { environment, rollout, run: workflowInfo().runId, bundle };
  new Mailbox().refuseOthers();
  let shape: AssessmentShape | null = null;
  try {
    shape = await bookkeeping.openReadiness(input, scope.run);
    const outcome = await assessor.assessReadiness(scope, await verified(scope, shape));
    setCurrentDetails(readinessDetails(outcome));
    const { fell, now, before } = outcome;
    if (fell !== null) await tell(scope, shape, { event: 'fell', message: fell, now, before });
    ended(now.level ?? 'no level');
    return outcome;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = summaryOf(error);
    const message = `the look at the readiness failed: ${failure.message}`;
    if (shape !== null) await tell(scope, shape, { event: 'failed', message, now: null, before: null });
    ended('failed');
    throw workflowFailure(failure);
  }
}

function ended(state: string): void {
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: state }]);
}

/** Verifies steps, a few at once. What was found is on record; here is what could not be. */
async function verified(scope: RunScope, { steps }: AssessmentShape): Promise<readonly StepLook[]> {
  const rest = steps.values();
  const looks: StepLook[] = [];
  const one = async (): Promise<void> => {
    for (const { phase, step } of rest) {
      const path = stepPath(phase, step.name);
      try {
        await stepVerifier(step, `verify ${path} (${step.kind})`).verifyStep({ scope, phase, step: step.name });
      } catch (error) {
        if (isCancellation(error)) throw error;
        looks.push(...lookOf(path, summaryOf(error)));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, steps.length) }, one));
  return looks;
}

/** What is claimed and does not hold is on record as evidence already. */
function lookOf(step: string, { type, message }: FailureSummary): readonly StepLook[] {
  if (type === 'ExpectationFailed') return [];
  const outcome = DISPROVES.has(type) ? 'fails' : 'unknown';
  const why = outcome === 'fails' ? message : `it could not be verified: ${message}`;
  return [{ step, outcome, why, time: new Date().toISOString() }];
}

/** Failures that say something of what was looked at; others say that it could not be looked at. */
const DISPROVES: ReadonlySet<FailureSummary['type']> = new Set<FailureSummary['type']>([
  ...(['ProbeFailed', 'NotReadyInTime', 'Stalled', 'BackupUnproven', 'LocationUnavailable'] as const),
]);

async function tell(
  scope: RunScope,
  { notifications }: AssessmentShape,
  said: Pick<ReadinessNews, 'event' | 'message' | 'now' | 'before'>,
): Promise<void> {
  const { environment, rollout, run } = scope;
  const news: ReadinessNews = {
    ...said,
    environment,
    rollout,
    run,
    message: `${rollout} → ${environment}: ${said.message}`,
  };
  await tellWebhooks(scope.bundle, notifications, [news], (body) =>
    bookkeeping.appendRecord(scope, null, null, uuid4(), body),
  );
}
