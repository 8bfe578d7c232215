import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from './domain/probing.ts';

/** The real time. */
export const CLOCK: Clock = {
  now: () => performance.now(),
  wait: pauseFor,
};

/**
 * Pauses for so many milliseconds.
 *
 * @throws `signal.reason` as soon as it aborts.
 */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}
