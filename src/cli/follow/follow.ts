import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutRef } from '../../client.ts';
import { WindlassFailure, type FailureSummary } from '../../domain/failure.ts';
import type { RolloutStatus } from '../../domain/status.ts';
import { Interruption } from '../cli.ts';
import type { RolloutResult } from '../../contract/messages.ts';

/** The half of the client that following needs. */
export interface RolloutSource {
  status(ref: RolloutRef): Promise<RolloutStatus>;
  /** Settles when the run ends. */
  result(ref: RolloutRef): Promise<RolloutResult>;
}

export type Sighting =
  | { readonly kind: 'status'; readonly status: RolloutStatus }
  /** Nobody answers; `since` is milliseconds since the epoch. Asking goes on. */
  | { readonly kind: 'lost'; readonly failure: FailureSummary; readonly since: number }
  | {
      readonly kind: 'ended';
      readonly status: RolloutStatus | null;
      readonly unchanged: boolean;
      /** Why it ended, when it is not done. */
      readonly failure: FailureSummary | null;
    };

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two questions. */
  readonly everyMs?: number;
}

/**
 * Looks at a rollout again and again until it ends. A server that does not answer is waited for: Temporal or the worker may
 * just be restarting. The last sighting is `ended`.
 *
 * @throws WindlassFailure anything but `TargetUnreachable` of the first questions, such as `NotFound`.
 * @throws Interruption when the signal aborts.
 */
export async function* follow(
  source: RolloutSource,
  ref: RolloutRef,
  { signal, everyMs = 500 }: FollowOptions,
): AsyncGenerator<Sighting, void, undefined> {
  let last: RolloutStatus | null = null;
  let lostSince: number | null = null;
  const end = watchEnd(source, ref);
  for (;;) {
    const ended = end.settled();
    if (ended?.status) {
      yield { kind: 'ended', ...ended };
      return;
    }
    const seen = await untilInterrupted(lookOnce(source, ref), signal);
    if (ended !== null) {
      yield { kind: 'ended', ...ended, status: seen instanceof WindlassFailure ? last : seen };
      return;
    }
    if (seen instanceof WindlassFailure) {
      if (seen.type !== 'TargetUnreachable') throw seen;
      lostSince ??= Date.now();
      yield { kind: 'lost', failure: seen.summary(), since: lostSince };
    } else {
      last = seen;
      lostSince = null;
      yield { kind: 'status', status: seen };
    }
    await untilInterrupted(Promise.race([sleep(everyMs), end.next()]), signal);
  }
}

async function lookOnce(source: RolloutSource, ref: RolloutRef): Promise<RolloutStatus | WindlassFailure> {
  try {
    return await source.status(ref);
  } catch (error) {
    if (error instanceof WindlassFailure) return error;
    throw error;
  }
}

interface End {
  readonly status: RolloutStatus | null;
  readonly unchanged: boolean;
  readonly failure: FailureSummary | null;
}

/** Waits for the end in the background, anew whenever the connection is lost. */
function watchEnd(source: RolloutSource, ref: RolloutRef): { settled(): End | null; next(): Promise<void> } {
  let end: End | null = null;
  let waiting: Promise<void> | null = null;
  const wait = async (): Promise<void> => {
    try {
      const { status, unchanged } = await source.result(ref);
      end = { status, unchanged, failure: null };
    } catch (error) {
      if (!(error instanceof WindlassFailure)) throw error;
      waiting = null;
      if (error.type !== 'TargetUnreachable') end = { status: null, unchanged: false, failure: error.summary() };
      // An answer that comes at once must not make the follower ask without a pause.
      else await sleep(250);
    }
  };
  const next = (): Promise<void> => (waiting ??= wait());
  void next().catch(() => undefined);
  return { settled: () => end, next };
}

async function untilInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw new Interruption('interrupted');
  let stop: () => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(new Interruption('interrupted'));
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
