import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/probing.ts';

/** The real time. */
export const CLOCK: Clock = {
  now: () => performance.now(),
  async wait(ms, signal) {
    await delay(ms, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  },
};
