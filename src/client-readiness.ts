import type { Client, Connection } from '@temporalio/client';
import type { Actor } from './client-actor.ts';
import { clientFailure } from './client-failure.ts';
import type { Config } from './config.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { begin } from './client-begin.ts';
import { idOf, type BundleRef } from './client-schedules.ts';
import type { Attests, ReadinessOutcome } from './contract/messages.ts';

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
  async assess(ref: BundleRef, actor: Actor = {}, attests?: Attests): Promise<ReadinessOutcome> {
    const { environment, rollout, bundle } = ref;
    const of = { environment, rollout, bundle, mode: 'readiness' } as const;
    const workflowId = idOf(of);
    try {
      await ensureSearchAttributes(this.#connection, this.#config.namespace);
      const handle = await begin(this.#client, this.#config, of, actor, attests);
      return (await handle.result()) as ReadinessOutcome;
    } catch (error) {
      throw clientFailure(error, workflowId);
    }
  }
}
