import { condition } from '@temporalio/workflow';
import type { Command, RolloutMemory } from '../contract/messages.ts';
import { afterPause, isPaused, NEVER_PAUSED, type Pausing } from '../domain/pausing.ts';
import type { RolloutStatus } from '../domain/status.ts';

type Pause = Exclude<RolloutMemory['paused'], undefined>;

/** Whether a rollout is paused, and by which command. */
export class RolloutPause {
  readonly #onChange: () => void;
  #pauses: Pausing;
  #paused: Pause | null;

  /** @param memory of the run before, where its rollout continues one. */
  constructor(memory: RolloutMemory | null, onChange: () => void) {
    this.#onChange = onChange;
    this.#pauses = memory?.pauses ?? NEVER_PAUSED;
    this.#paused = memory?.paused ?? null;
  }

  get pauses(): Pausing {
    return this.#pauses;
  }

  /** The command that has paused the run; null while it is not paused. */
  get by(): Command | null {
    return this.#paused?.command ?? null;
  }

  /** Takes up a command that pauses or resumes the run; others change nothing. */
  take(command: Command): void {
    const before = isPaused(this.#pauses);
    this.#pauses = afterPause(this.#pauses, command);
    const after = isPaused(this.#pauses);
    if (before === after) return;
    this.#paused = after ? { command, since: new Date().toISOString() } : null;
    this.#onChange();
  }

  /** Waits until the run is not paused. @throws CancelledFailure. */
  async over(): Promise<void> {
    await condition(() => this.#paused === null);
  }

  status(): Pick<RolloutStatus, 'pauses' | 'paused'> {
    const pauses = this.#pauses.paused === 0 ? {} : { pauses: this.#pauses.paused };
    if (this.#paused === null) return pauses;
    const { command, since } = this.#paused;
    return { ...pauses, paused: { by: command.by, comment: command.comment, since } };
  }

  /** For the next run. */
  memory(): Pick<RolloutMemory, 'pauses' | 'paused'> {
    return {
      ...(this.#pauses.paused === 0 ? {} : { pauses: this.#pauses }),
      ...(this.#paused === null ? {} : { paused: this.#paused }),
    };
  }
}
