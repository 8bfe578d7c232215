import type { Fence } from './step-engine.ts';
import { WindlassFailure } from './failure.ts';

/**
 * Call before each write. Nothing happens while the fence holds, nor where there is none (a target without a lock).
 *
 * @param object what was about to be written, for the failure.
 * @throws WindlassFailure `FenceLost` when the right to act has run out.
 */
export function assertFence(fence: Fence | undefined, object: string, now: number = Date.now()): void {
  if (fence === undefined || now < fence.deadline) return;
  throw new WindlassFailure('FenceLost', `The right to act on the target (${fence.lock}) ran out before the write.`, {
    object,
    next: 'Retry the step: it takes the lock again and goes on from what is there.',
    facts: { lock: fence.lock, token: fence.token },
  });
}
