import { condition } from '@temporalio/workflow';
import { afterPause, isPaused, NEVER_PAUSED, pauseOf, type Pausing } from '../domain/pausing.ts';
import type { Command } from '../contract/messages.ts';

/** Whether a phase is paused, and for how long it was. */
export class PhasePause {
  #pauses: Pausing;
  #since = 0;
  #beforeMs = 0;

  /** @param pauses there were until the phase began, or continued as new. */
  constructor(pauses: Pausing = NEVER_PAUSED) {
    this.#pauses = pauses;
    this.#since = Date.now();
  }

  /** For a run that continues this one; undefined where there was none. */
  get pauses(): Pausing | undefined {
    return this.#pauses.paused === 0 ? undefined : this.#pauses;
  }

  get isOn(): boolean {
    return isPaused(this.#pauses);
  }

  /** How long it was paused until now, in milliseconds: so much later do its timers end. */
  get ms(): number {
    return this.#beforeMs + (this.isOn ? Date.now() - this.#since : 0);
  }

  /** Whether a command would change anything. */
  isNews(command: Command): boolean {
    const of = pauseOf(command);
    return of !== null && of.pause > (of.ends ? this.#pauses.resumed : this.#pauses.paused);
  }

  take(command: Command): void {
    const ms = this.ms;
    this.#pauses = afterPause(this.#pauses, command);
    this.#beforeMs = ms;
    this.#since = Date.now();
  }

  /** Settles once it is not paused. @throws CancelledFailure. */
  async over(): Promise<void> {
    await condition(() => !this.isOn);
  }
}
