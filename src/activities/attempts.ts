import { ApplicationFailure } from '@temporalio/activity';
import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  type Client,
} from '@temporalio/client';

/** How long Temporal may take for an answer about one attempt, in milliseconds. */
const ANSWER_MS = 4_000;

/** Attempts of activities that have left their slot (`CompleteAsyncError`), each by its task token. */
export interface Attempts {
  /**
   * Sends a heartbeat.
   *
   * @returns false when nothing waits for the attempt any more: it was cancelled, its time was up, its workflow has ended.
   * @throws Error when Temporal does not answer.
   */
  beat(token: Uint8Array): Promise<boolean>;
  /** Completes it without a result; one that nothing waits for is none to complete. @throws Error as `beat`. */
  complete(token: Uint8Array): Promise<void>;
  /** Fails it, so that Temporal lets some worker try again. @throws Error as `beat`. */
  fail(token: Uint8Array, failure: ApplicationFailure): Promise<void>;
}

/** The attempts that Temporal knows; by https://docs.temporal.io/activity-execution#asynchronous-activity-completion. */
export function temporalAttempts(client: Client): Attempts {
  const { activity } = client;
  /** False when nothing waits for it. */
  const tell = (say: () => Promise<void>): Promise<boolean> =>
    client
      .withDeadline(Date.now() + ANSWER_MS, say)
      .then(() => true)
      .catch((error: unknown) => {
        if (error instanceof ActivityNotFoundError) return false;
        throw error;
      });
  const fail = async (token: Uint8Array, failure: ApplicationFailure) => {
    await tell(() => activity.fail(token, failure));
  };
  return {
    fail,
    complete: async (token) => {
      await tell(() => activity.complete(token, undefined));
    },
    beat: async (token) => {
      try {
        return await tell(() => activity.heartbeat(token));
      } catch (error) {
        // Told at once, since Temporal would otherwise take it for running until its heartbeats run out.
        if (error instanceof ActivityCancelledError) await tell(() => activity.reportCancellation(token));
        // As the worker of the SDK does: Temporal pauses, or begins anew, what has failed.
        else if (error instanceof ActivityPausedError) await fail(token, letGo('The activity was paused.'));
        else if (error instanceof ActivityResetError) await fail(token, letGo('The activity was reset.'));
        else throw error;
        return false;
      }
    },
  };
}

function letGo(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'Interrupted', message });
}
