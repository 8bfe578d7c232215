import { Context, type Info } from '@temporalio/activity';
import { sha256 } from '../bundle/digest.ts';
import { canonicalJson } from '../domain/json.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import type { RunScope } from '../contract/messages.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Appends what an activity has to say; `key` tells entries of one type apart, and is the activity itself unless given. It is sealed
 * unless nobody vouches for it. The answer says whether nothing was there under its id.
 */
export type Recorder = (
  scope: RunScope,
  phase: string | null,
  step: string | null,
  body: RecordBody,
  key?: string,
  how?: 'unsealed',
) => Promise<boolean>;

/** A recorder for activities: an activity that is retried writes under the id that its first attempt used. */
export function recorder(record: Pick<ActivityDeps['record'], 'append'>): Recorder {
  return async (scope, phase, step, body, key, how) => {
    const entry = {
      id: entryIdOf(scope, phase, step, body.type, key ?? ownKey(Context.current().info)),
      time: new Date().toISOString(),
      scope: { ...scope, phase, step },
      body,
    };
    return record.append(entry, how);
  };
}

/** What tells the entries of an activity from those of others: the same in each of its attempts. */
function ownKey({ workflowExecution, activityId }: Pick<Info, 'workflowExecution' | 'activityId'>): string {
  const { workflowId, runId } = workflowExecution ?? {};
  return `${workflowId ?? ''}/${runId ?? ''}/${activityId}`;
}

/** The id of an entry, which the record takes once. */
export function entryIdOf(
  { run }: Pick<RunScope, 'run'>,
  phase: string | null,
  step: string | null,
  type: RecordBody['type'],
  key: string,
): string {
  return sha256(canonicalJson([run, phase, step, type, key]));
}
