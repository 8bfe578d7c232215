import { isCancellation, setCurrentDetails, upsertSearchAttributes, uuid4, workflowInfo } from '@temporalio/workflow';
import type { DrillShape } from '../contract/activities.ts';
import { readDriftInput } from '../contract/message-schemas.ts';
import { SEARCH_ATTRIBUTES, type DriftInput, type DriftOutcome, type RunScope } from '../contract/messages.ts';
import type { DriftNews } from '../domain/notification.ts';
import { short } from '../domain/gate.ts';
import { visible } from '../domain/visible.ts';
import { bookkeeping, driftFinder } from './activities.ts';
import { summaryOf, workflowFailure } from './failures.ts';
import { argument, Mailbox } from './receive.ts';
import { tellWebhooks } from './tell.ts';

/**
 * Looks whether what a rollout has made is as declared, apart from its runs. It touches nothing and takes no lock. Webhooks are told when
 * it finds something that the look before did not find, and when it comes to nothing.
 *
 * @throws ApplicationFailure with the summary of what failed; CancelledFailure.
 */
export async function drift(sent: DriftInput): Promise<DriftOutcome> {
  const input = argument('look for drift', readDriftInput, sent);
  const { environment, rollout, bundle } = input;
  const scope: RunScope = { environment, rollout, run: workflowInfo().runId, bundle };
  new Mailbox().refuseOthers();
  let shape: Pick<DrillShape, 'notifications'> | null = null;
  try {
    shape = await bookkeeping.openDrift(input, scope.run);
    const outcome = await driftFinder.findDrift(scope);
    const state = stateOf(outcome);
    setCurrentDetails(driftDetails(outcome));
    if (state !== 'as declared' && !outcome.known) {
      const event = state === 'drifted' ? 'drift' : 'failed';
      await tell(scope, shape, { event, message: outcome.summary, counts: outcome.counts });
    }
    ended(state);
    return outcome;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = summaryOf(error);
    const message = `the look for drift failed: ${failure.message}`;
    if (shape !== null) await tell(scope, shape, { event: 'failed', message, counts: null });
    ended('failed');
    throw workflowFailure(failure);
  }
}

function stateOf({ counts: { drifted, broken, failed } }: DriftOutcome): 'drifted' | 'not told' | 'as declared' {
  if (drifted + broken > 0) return 'drifted';
  return failed > 0 ? 'not told' : 'as declared';
}

/** The page of a look in the Web UI. */
function driftDetails({ rollout, environment, bundle, summary, run }: DriftOutcome): string {
  return visible(
    [
      `## Drift of ${rollout} → ${environment}`,
      '',
      `${summary}.`,
      '',
      `Bundle \`${short(bundle)}\`. All of it: \`windlass report ${rollout} --environment ${environment} --run ${run}\``,
    ].join('\n'),
  );
}

function ended(state: string): void {
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.state, value: state }]);
}

async function tell(
  { environment, rollout, run, bundle }: RunScope,
  { notifications }: Pick<DrillShape, 'notifications'>,
  said: Pick<DriftNews, 'event' | 'message' | 'counts'>,
): Promise<void> {
  const message = `${rollout} → ${environment}: ${said.message}`;
  const news: DriftNews = { ...said, environment, rollout, run, message };
  await tellWebhooks(bundle, notifications, [news], (body) =>
    bookkeeping.appendRecord({ environment, rollout, run, bundle }, null, null, uuid4(), body),
  );
}
