import type { RolloutRef, WindlassClient } from '../../client.ts';
import type { Config } from '../../config.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { RolloutStatus } from '../../domain/status.ts';

/** After an answer that did not come nobody is asked for this long, in milliseconds: each may take many seconds not to come. */
const REST_MS = 15_000;

/** Asks Temporal how a rollout stands, for as long as somebody looks on. Where nobody answers the record has to do. */
export class LiveStatus {
  readonly #config: Config;
  readonly #ref: RolloutRef;
  #client: WindlassClient | null = null;
  #restsUntil = 0;

  constructor(config: Config, ref: RolloutRef) {
    this.#config = config;
    this.#ref = ref;
  }

  /** How the newest run stands now; null where nobody answers. Throws only what is a defect of ours. */
  async now(): Promise<{ readonly status: RolloutStatus; readonly at: string } | null> {
    if (Date.now() < this.#restsUntil) return null;
    try {
      // Loaded here, because Temporal's client takes longer to load than most verbs take in all.
      const { WindlassClient: Client } = await import('../../client.ts');
      this.#client ??= await Client.connect(this.#config);
      return { status: await this.#client.status(this.#ref), at: new Date().toISOString() };
    } catch (error) {
      if (!(error instanceof WindlassFailure)) throw error;
      this.#restsUntil = Date.now() + REST_MS;
      return null;
    }
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }
}
