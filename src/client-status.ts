import type { Client, WorkflowHandle } from '@temporalio/client';
import { phaseQuery, statusQuery } from './contract/messages.ts';
import { phaseWorkflowId } from './domain/names.ts';
import { askable, withPhases, type PhaseStatus, type RolloutStatus } from './domain/status.ts';

/** How long a worker may take to answer a query, in milliseconds; replaying a long history takes its time. */
const ANSWER_MS = 10_000;

/**
 * How a rollout stands: as it knows itself, with what those of its phases say that go on. A rollout is told only what is decided upon.
 * A phase that does not answer is shown as the rollout knows it.
 *
 * @throws what Temporal answers when the rollout cannot be asked.
 */
export async function askStatus(client: Client, rollout: WorkflowHandle): Promise<RolloutStatus> {
  const known = await client.withDeadline(Date.now() + ANSWER_MS, () => rollout.query(statusQuery));
  const asked = await Promise.all(
    askable(known).map(({ name, run }) =>
      client
        .withDeadline(Date.now() + ANSWER_MS, () =>
          askPhase(client, phaseWorkflowId(known.environment, known.rollout, name), run),
        )
        .catch(() => null),
    ),
  );
  return withPhases(
    known,
    asked.filter((phase) => phase !== null),
  );
}

/** Null where the id is that of another workflow by now: anybody can start one once the phase has ended. */
async function askPhase(client: Client, workflowId: string, first: string): Promise<PhaseStatus | null> {
  const { runId, raw } = await client.workflow.getHandle(workflowId).describe();
  if (raw.workflowExecutionInfo?.firstRunId !== first) return null;
  return (await client.workflow.getHandle(workflowId, runId).query(phaseQuery)).status;
}
