import type { Client, Connection } from '@temporalio/client';
import { identityOf, once, signed, type Actor } from './client-actor.ts';
import { clientFailure } from './client-failure.ts';
import type { Config } from './config.ts';
import { short } from './domain/gate.ts';
import { readinessWorkflowId } from './domain/names.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import {
  SEARCH_ATTRIBUTES,
  WORKFLOWS,
  type Attests,
  type ReadinessInput,
  type ReadinessOutcome,
} from './contract/messages.ts';

/** Names what is looked at: a rollout, by a bundle that is in the store. */
export interface ReadinessRef {
  readonly environment: string;
  readonly rollout: string;
  /** Digest. */
  readonly bundle: string;
}

/** The part of the client that looks at the readiness. */
export class ReadinessClient {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #config: Config;

  constructor(connection: Connection, client: Client, config: Config) {
    this.#connection = connection;
    this.#client = client;
    this.#config = config;
  }

  /**
   * Has a worker look now, or put on record what its actor says to a manual check, and waits until that is done.
   *
   * @throws WindlassFailure `AlreadyRunning` while another look is under way; of the type that ended it.
   */
  async assess(ref: ReadinessRef, actor: Actor = {}, attests?: Attests): Promise<ReadinessOutcome> {
    const workflowId = readinessWorkflowId(ref.environment, ref.rollout);
    try {
      await ensureSearchAttributes(this.#connection, this.#config.namespace);
      const handle = await this.#client.workflow.start(WORKFLOWS.readiness, {
        workflowId,
        taskQueue: this.#config.taskQueue,
        args: [readinessInput(ref, actor, attests)],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        ...shown(ref),
      });
      return (await handle.result()) as ReadinessOutcome;
    } catch (error) {
      throw clientFailure(error, workflowId);
    }
  }
}

function readinessInput(ref: ReadinessRef, actor: Actor, attests?: Attests): ReadinessInput {
  const { environment, rollout, bundle } = ref;
  const said = attests === undefined ? {} : { attests };
  const of = { environment, rollout, bundle, mode: 'readiness' as const, ...said };
  const message = { ...of, startedBy: identityOf(actor), ...once(actor) };
  return signed({ kind: 'readiness', environment, rollout }, message, actor);
}

/** What the Web UI and searches show of a look from its beginning. */
function shown({ environment, rollout, bundle }: ReadinessRef) {
  return {
    staticSummary: `readiness of ${rollout} in ${environment}, bundle ${short(bundle)}`,
    typedSearchAttributes: [
      { key: SEARCH_ATTRIBUTES.rollout, value: rollout },
      { key: SEARCH_ATTRIBUTES.environment, value: environment },
      { key: SEARCH_ATTRIBUTES.bundle, value: bundle },
      { key: SEARCH_ATTRIBUTES.state, value: 'running' },
    ],
  };
}
