import type { Client, Connection } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { identityOf, once, signed, type Actor } from './client-actor.ts';
import { clientFailure } from './client-failure.ts';
import type { Config } from './config.ts';
import { lockQuery, WORKFLOWS, type HealInput, type HealResult, type LockState } from './contract/messages.ts';
import { short } from './domain/gate.ts';
import { healWorkflowId, lockWorkflowId } from './domain/names.ts';

/** How long a worker may take to answer a query, in milliseconds. */
const ANSWER_MS = 10_000;

/** Names the lock of a target, and the stored bundle that says how the target is reached. */
export interface LockRef {
  readonly environment: string;
  readonly rollout: string;
  readonly bundle: string;
  readonly target: string;
}

/** The half of the client that looks at locks of targets, and has them healed. */
export class LockClient {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #config: Config;

  constructor(connection: Connection, client: Client, config: Config) {
    this.#connection = connection;
    this.#client = client;
    this.#config = config;
  }

  /** The lock of a target as it stands; null where there is none. @throws WindlassFailure `TargetUnreachable` */
  async state({ environment, target }: Pick<LockRef, 'environment' | 'target'>): Promise<LockState | null> {
    const lock = lockWorkflowId(environment, target);
    try {
      const handle = this.#client.workflow.getHandle(lock);
      if ((await handle.describe()).status.name !== 'RUNNING') return null;
      return await this.#connection.withDeadline(Date.now() + ANSWER_MS, () => handle.query(lockQuery));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw clientFailure(error, lock);
    }
  }

  /**
   * Has a worker heal the lock of a target, and waits until it is done.
   *
   * @throws WindlassFailure `DecisionDenied`, `Unauthorised` for whom the worker's policy does not let it, `AlreadyRunning`; of
   *   the target.
   */
  async heal(
    { environment, rollout, bundle, target }: LockRef,
    { comment = '', ...actor }: Actor & { readonly comment?: string } = {},
  ): Promise<HealResult & { readonly workflowId: string; readonly run: string }> {
    const workflowId = healWorkflowId(environment, target);
    const message = { environment, rollout, bundle, target, startedBy: identityOf(actor), comment, ...once(actor) };
    const input: HealInput = signed({ kind: 'heal', environment, rollout }, message, actor);
    try {
      const handle = await this.#client.workflow.start(WORKFLOWS.lockHeal, {
        ...{ workflowId, taskQueue: this.#config.taskQueue, args: [input] },
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `heals the lock of target ${target} in ${environment}, by bundle ${short(bundle)}`,
      });
      return { workflowId, run: handle.firstExecutionRunId, ...((await handle.result()) as HealResult) };
    } catch (error) {
      throw clientFailure(error, workflowId);
    }
  }
}
