import {
  ApplicationFailure,
  isCancellation,
  log,
  setDefaultSignalHandler,
  setHandler,
  type SignalDefinition,
} from '@temporalio/workflow';
import { summaryOf, workflowFailure } from './failures.ts';
import type { Read } from '../contract/read.ts';

/** How many dropped messages a workflow tells its log of; the others are counted. */
const LOGGED = 10;

/**
 * The mailbox of a workflow: signals are read by their schema before anything else sees them. A signal has no validator
 * and no answer, and an error in its handler would fail the workflow, so that one message could stop a rollout for good:
 * what does not read is counted and dropped, and so is what has a name that the workflow does not know.
 */
export class Mailbox {
  readonly #onDrop: (count: number) => void;
  #dropped: number;

  /** @param dropped how many were dropped by the runs before. */
  constructor(onDrop: (count: number) => void = () => undefined, dropped = 0) {
    this.#onDrop = onDrop;
    this.#dropped = dropped;
  }

  on<T>(
    signal: SignalDefinition<[T]>,
    read: (sent: unknown) => Read<T>,
    take: (message: T) => unknown,
    isFull: () => boolean = () => false,
  ): void {
    setHandler(signal, async (sent?: unknown) => {
      const result = read(sent);
      if ('why' in result) this.#drop(signal.name, result.why);
      else if (isFull()) this.#drop(signal.name, 'too many wait already');
      else
        try {
          await take(result.message);
        } catch (error) {
          if (isCancellation(error)) throw error;
          // Failures of activities can be made up, too: what could not be judged must be sent again.
          this.#drop(signal.name, summaryOf(error).message);
        }
    });
  }

  /** Drops what has a name that no handler has. Comes last: a signal that waits already would be dropped before it. */
  refuseOthers(): void {
    setDefaultSignalHandler((name) => {
      this.#drop(name, 'no such message is taken here');
    });
  }

  #drop(signal: string, why: string): void {
    this.#dropped += 1;
    if (this.#dropped <= LOGGED) log.warn('signal dropped', { signal: signal.slice(0, 100), why });
    this.#onDrop(this.#dropped);
  }
}

/**
 * The validator of an update: what does not read is refused, and never becomes part of the history, and so is what comes while
 * too many wait.
 */
export function validator<T>(
  what: string,
  read: (sent: unknown) => Read<T>,
  isFull: () => boolean,
): (sent: unknown) => void {
  return (sent) => {
    const result = read(sent);
    if ('why' in result)
      throw ApplicationFailure.nonRetryable(`This is not a ${what}: ${result.why}.`, 'InvalidRollout');
    if (isFull())
      throw ApplicationFailure.nonRetryable(
        `The rollout judges as many messages as it takes at a time: send the ${what} again in a moment.`,
        'TargetBusy',
      );
  };
}

/**
 * The argument of a workflow. Whoever reaches Temporal can start one with anything.
 *
 * @throws ApplicationFailure `InvalidRollout`, which ends the workflow: any other error would have it tried for ever.
 */
export function argument<T>(what: string, read: (sent: unknown) => Read<T>, sent: unknown): T {
  const result = read(sent);
  if ('message' in result) return result.message;
  throw workflowFailure({
    type: 'InvalidRollout',
    message: `This is not the argument of a ${what}: ${result.why}.`,
    next: 'Start it with the CLI or the client script.',
    retryable: false,
  });
}
