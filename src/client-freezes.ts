import type { Client } from '@temporalio/client';
import { identityOf, once, signed, type Actor } from './client-actor.ts';
import { clientFailure } from './client-failure.ts';
import type { Config } from './config.ts';
import { WORKFLOWS } from './contract/messages.ts';
import type { FreezeOrder } from './domain/freeze-order.ts';
import { addressOfFreeze } from './domain/hand-freeze.ts';
import { freezeWorkflowId } from './domain/names.ts';

/** The half of the client that freezes environments. */
export class FreezeClient {
  readonly #client: Client;
  readonly #config: Config;

  constructor(client: Client, config: Config) {
    this.#client = client;
    this.#config = config;
  }

  /**
   * Has a worker freeze an environment, or end freezes, and waits until that is on record: each worker obeys from then on.
   *
   * @throws WindlassFailure `DecisionDenied`, `Unauthorised` for whom the worker's policy does not let it, `AlreadyRunning`.
   */
  async order(
    asked: Pick<FreezeOrder, 'environment' | 'reason' | 'until' | 'ends'>,
    actor: Actor = {},
  ): Promise<{ readonly workflowId: string; readonly run: string }> {
    const { environment, until } = asked;
    const message = { ...asked, startedBy: identityOf(actor), ...once(actor) };
    const order: FreezeOrder = signed(addressOfFreeze(environment), message, actor);
    const workflowId = freezeWorkflowId(environment);
    try {
      const handle = await this.#client.workflow.start(WORKFLOWS.freeze, {
        ...{ workflowId, taskQueue: this.#config.taskQueue, args: [order] },
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: until === null ? `ends freezes of ${environment}` : `freezes ${environment} until ${until}`,
      });
      await handle.result();
      return { workflowId, run: handle.firstExecutionRunId };
    } catch (error) {
      throw clientFailure(error, workflowId);
    }
  }
}
