import type { Client, Connection, WorkflowExecutionInfo } from '@temporalio/client';
import { stateAsItEnded } from './client-execution.ts';
import { SEARCH_ATTRIBUTES, WORKFLOWS } from './contract/messages.ts';
import { NAME_PATTERN, rolloutWorkflowId } from './domain/names.ts';
import { isRolloutState, type RolloutState } from './domain/status.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

/** The newest run of a rollout, as Temporal lists it without asking its workflow. Times are ISO 8601 in UTC. */
export interface ListedRollout {
  readonly environment: string;
  readonly rollout: string;
  readonly state: RolloutState;
  /** What it waits for, in words; empty where it waits for nobody. */
  readonly blockedOn: string;
  /** Digest; empty where its starter did not say. */
  readonly bundle: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface RolloutList {
  /** In the order of their names. */
  readonly rollouts: readonly ListedRollout[];
  /** Whether there are older runs that were not looked at. */
  readonly cut: boolean;
}

/** How many runs are looked at: an environment keeps the runs of its retention, of which the newest counts. */
const MOST_RUNS = 20_000;

/**
 * The newest run of every rollout of an environment that Temporal still knows. What is listed is what the workflows told
 * last, some seconds ago at most; `WindlassClient.status` asks them.
 *
 * @param environment a name.
 * @throws ServiceError of gRPC when Temporal does not answer or refuses it.
 */
export async function listRollouts(
  connection: Connection,
  client: Client,
  namespace: string,
  environment: string,
): Promise<RolloutList> {
  // No environment is called so, and the query is a text.
  if (!NAME_PATTERN.test(environment)) return { rollouts: [], cut: false };
  await ensureSearchAttributes(connection, namespace);
  const query = [
    `WorkflowType = '${WORKFLOWS.rollout}'`,
    `${SEARCH_ATTRIBUTES.environment.name} = '${environment}'`,
    `ExecutionStatus != 'ContinuedAsNew'`,
  ].join(' AND ');
  const newest = new Map<string, WorkflowExecutionInfo>();
  let runs = 0;
  for await (const info of client.workflow.list({ query })) {
    if ((runs += 1) > MOST_RUNS) break;
    const before = newest.get(info.workflowId);
    if (before === undefined || before.startTime < info.startTime) newest.set(info.workflowId, info);
  }
  const rollouts = [...newest.values()].flatMap((info) => listed(environment, info));
  return { rollouts: rollouts.sort((a, b) => (a.rollout < b.rollout ? -1 : 1)), cut: runs > MOST_RUNS };
}

/** None for a workflow that somebody started under an id of another form: no verb could name it. */
function listed(environment: string, info: WorkflowExecutionInfo): ListedRollout[] {
  const rollout = info.workflowId.split('/').at(-1) ?? '';
  if (info.workflowId !== rolloutWorkflowId(environment, rollout) || !NAME_PATTERN.test(rollout)) return [];
  const attributes = info.typedSearchAttributes;
  const told = attributes.get(SEARCH_ATTRIBUTES.state) ?? '';
  const state = stateAsItEnded(isRolloutState(told) ? told : 'running', info.status.name);
  return [
    {
      environment,
      rollout,
      state,
      blockedOn: info.status.name === 'RUNNING' ? (attributes.get(SEARCH_ATTRIBUTES.blockedOn) ?? '') : '',
      bundle: attributes.get(SEARCH_ATTRIBUTES.bundle) ?? '',
      startedAt: info.startTime.toISOString(),
      endedAt: info.closeTime?.toISOString() ?? null,
    },
  ];
}
