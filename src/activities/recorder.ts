import { Context } from '@temporalio/activity';
import { sha256 } from '../bundle/digest.ts';
import { canonicalJson } from '../domain/json.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import type { RunScope } from '../contract/messages.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Appends what an activity has to say; `key` tells entries of one type apart, and is the activity itself unless given. It is sealed
 * unless nobody vouches for it.
 */
export type Recorder = (
  scope: RunScope,
  phase: string | null,
  step: string | null,
  body: RecordBody,
  key?: string,
  how?: 'unsealed',
) => Promise<void>;

/** A recorder for activities: an activity that is retried writes under the id that its first attempt used. */
export function recorder(record: Pick<ActivityDeps['record'], 'append'>): Recorder {
  return async (scope, phase, step, body, key, how) => {
    const { info } = Context.current();
    const { workflowId, runId } = info.workflowExecution ?? {};
    const own = key ?? `${workflowId ?? ''}/${runId ?? ''}/${info.activityId}`;
    const entry = {
      id: sha256(canonicalJson([scope.run, phase, step, body.type, own])),
      time: new Date().toISOString(),
      scope: { ...scope, phase, step },
      body,
    };
    await record.append(entry, how);
  };
}
