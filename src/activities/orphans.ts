import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter, type Logger } from '@temporalio/common';
import { pauseFor } from '../clock.ts';
import { readPhaseInput } from '../contract/message-schemas.ts';
import { WORKFLOWS } from '../contract/messages.ts';
import { isOpenState } from './open-state.ts';

/** How long a worker rests between two looks, at least; and how many times as long as a look took. */
const REST = { leastMs: 10_000, times: 20 } as const;

/**
 * Cancels phases whose rollout is gone. Temporal counts a rollout that continues as a new run for closed, so its phases must not end
 * with it, and nobody else would end those of one that was terminated.
 */
export class Orphans {
  readonly #client: Client;
  readonly #taskQueue: string;
  readonly #log: Pick<Logger, 'warn'>;
  readonly #closing = new AbortController();
  /** Of phases, which run of their rollout they are of; of those alone that are still open. */
  #runs = new Map<string, string>();
  #looking: Promise<void> = Promise.resolve();

  constructor(client: Client, taskQueue: string, log: Pick<Logger, 'warn'>) {
    this.#client = client;
    this.#taskQueue = taskQueue;
    this.#log = log;
  }

  begin(): void {
    this.#looking = this.#look();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      const began = performance.now();
      try {
        await this.sweep();
      } catch (error) {
        if (!signal.aborted) this.#log.warn('it could not be seen which phases have lost their rollout', { error });
      }
      const rest = Math.max(REST.leastMs, (performance.now() - began) * REST.times);
      if (
        !(await pauseFor(rest, signal).then(
          () => true,
          () => false,
        ))
      )
        return;
    }
  }

  /** Looks once. @throws what Temporal says when it does not answer. @internal */
  async sweep(): Promise<void> {
    const open = new Map<string, string>();
    for await (const { workflowId, runId } of this.#open(WORKFLOWS.rollout)) open.set(workflowId, runId);
    const runs = new Map<string, string>();
    for await (const phase of this.#open(WORKFLOWS.phase)) {
      if (this.#closing.signal.aborted) return;
      const { workflowId, runId } = phase.parentExecution ?? {};
      // Most are of a rollout that has never continued.
      if (!workflowId || open.get(workflowId) === runId) continue;
      const run = this.#runs.get(phase.runId) ?? (await this.#runOf(phase));
      if (run !== null) runs.set(phase.runId, run);
      if (run !== null && (await this.#goesOn(workflowId, run))) continue;
      this.#log.warn('the rollout of a phase is gone: the phase is cancelled', { phase: phase.workflowId, run });
      await this.#client.workflow.getHandle(phase.workflowId, phase.runId).cancel().catch(unlessGone);
    }
    this.#runs = runs;
  }

  #open(type: string): AsyncIterable<WorkflowExecutionInfo> {
    const query = `WorkflowType = "${type}" AND ExecutionStatus = "Running" AND TaskQueue = "${this.#taskQueue}"`;
    return this.#client.workflow.list({ query, pageSize: 200 });
  }

  /** Which run of its rollout a phase is of, by its argument; null for one that was started with something else. */
  async #runOf({ workflowId, runId }: WorkflowExecutionInfo): Promise<string | null> {
    const { namespace } = this.#client.options;
    const { history } = await this.#client.workflowService.getWorkflowExecutionHistory({
      ...{ namespace, execution: { workflowId, runId }, maximumPageSize: 1 },
    });
    const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const read = readPhaseInput(payload ? defaultPayloadConverter.fromPayload(payload) : null);
    return 'message' in read ? read.message.scope.run : null;
  }

  /** What lists say may be late: whether a rollout goes on it is asked itself. */
  async #goesOn(workflowId: string, run: string): Promise<boolean> {
    try {
      const { status, raw } = await this.#client.workflow.getHandle(workflowId).describe();
      return isOpenState(status.name) && raw.workflowExecutionInfo?.firstRunId === run;
    } catch (error) {
      unlessGone(error);
      return false;
    }
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}
