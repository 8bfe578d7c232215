import {
  CancellationScope,
  condition,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { blockedOn, rolloutDetails } from './details.ts';
import type { RolloutRun } from './rollout-run.ts';
import { since } from './since.ts';
import { SEARCH_ATTRIBUTES } from '../contract/messages.ts';

/** The longest keyword that Temporal's SQL visibility stores take. */
const KEYWORD_LENGTH = 255;

/** Keeps the Web UI's details and the search attributes in step with what the rollout knows, for as long as it runs. */
export function showProgress(run: RolloutRun): void {
  // Whoever starts a rollout says that it is running; a run that continues another has what that one wrote last.
  const isFirst = workflowInfo().continuedFromExecutionRunId === undefined;
  let shown = isFirst && since('start-is-shown') ? ['running', '', ''].join('|') : '';
  const show = async () => {
    for (;;) {
      await condition(() => run.dirty);
      run.dirty = false;
      const status = run.status();
      setCurrentDetails(rolloutDetails(status));
      const running = status.phases.filter((phase) => phase.state === 'running' || phase.state === 'blocked');
      const attributes = [
        status.state,
        running.map((phase) => phase.name).join(', '),
        [...(status.paused === undefined ? [] : [`paused by ${status.paused.by}`]), blockedOn(status.phases)]
          .filter((one) => one !== '')
          .join(', '),
      ] as const;
      // Every upsert is an event for ever: only what moved is written.
      if (attributes.join('|') === shown) continue;
      shown = attributes.join('|');
      upsertSearchAttributes([
        { key: SEARCH_ATTRIBUTES.state, value: attributes[0] },
        { key: SEARCH_ATTRIBUTES.phase, value: attributes[1].slice(0, KEYWORD_LENGTH) },
        { key: SEARCH_ATTRIBUTES.blockedOn, value: attributes[2].slice(0, KEYWORD_LENGTH) },
      ]);
    }
  };
  void CancellationScope.nonCancellable(show);
}
