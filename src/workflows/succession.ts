import { allHandlersFinished, CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { Command, RolloutMemory } from '../contract/messages.ts';
import type { Decision } from '../domain/gate.ts';
import { LIMITS } from '../domain/limits.ts';

/** After how many events of its history a rollout goes on in a new run, where the worker does not say. */
const MOST_EVENTS = 2_000;
const MOST_HELD = LIMITS.handedOn.most;
const MOST_LATE = LIMITS.takenLate.most;

/**
 * When a rollout continues as a new run: every message is an event, which anybody can send, and Temporal ends a workflow whose
 * history grows too long. It does so once nothing is in the middle of being handled.
 *
 * A signal that comes while the new run is asked for has Temporal refuse that, and the SDK tries again: a flood of signals holds it up,
 * until Temporal has taken 10,000 of the run.
 */
export class Succession {
  readonly runs: readonly string[];
  readonly #held: (Decision | Command)[] = [];
  readonly #mayGo: () => boolean;
  /** Events that this run needs to take up what the one before handed over. */
  #from = 0;
  #events = MOST_EVENTS;
  #busy = 0;
  #late = 0;
  #closed = false;

  /** @param mayGo asked besides. */
  constructor(memory: RolloutMemory | null, mayGo: () => boolean) {
    const { runId } = workflowInfo();
    this.runs = [...(memory?.runs ?? []), runId];
    this.#mayGo = mayGo;
  }

  /** Whether a decision or command that comes now is for the next run. */
  get isOver(): boolean {
    return this.isDue && this.#late >= MOST_LATE;
  }

  /** A decision or command is taken up. */
  takes(): void {
    if (this.isDue) this.#late += 1;
  }

  /** Everything was taken up: from now on events count. @param events how many a run may have. */
  begin(events: number | undefined): void {
    this.#from = workflowInfo().historyLength;
    this.#events = events ?? MOST_EVENTS;
  }

  /** Whether the history has grown long. */
  get isDue(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return !this.#closed && this.#mayGo() && (continueAsNewSuggested || historyLength - this.#from >= this.#events);
  }

  /** The rollout ends with this run. */
  close(): void {
    this.#closed = true;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Does what the next run could not know of. */
  async undivided<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }

  /** Whether something is under way that the next run could not know of. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** Keeps a message for the next run. */
  hold(message: Decision | Command): void {
    this.#held.push(message);
  }

  /** Whether as many are kept as a run can be handed. */
  get isFull(): boolean {
    return this.#held.length >= MOST_HELD;
  }

  get held(): RolloutMemory['held'] {
    return this.#held;
  }

  /** Settles when the next run is to go on. */
  due(): Promise<void> {
    return CancellationScope.nonCancellable(() => condition(() => this.isDue && !this.isBusy && allHandlersFinished()));
  }
}
