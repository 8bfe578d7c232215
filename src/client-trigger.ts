import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, type ScheduleHandle } from '@temporalio/client';
import { WindlassFailure } from './domain/failure.ts';

/** How long Temporal may take to tell what became of a trigger, in milliseconds. */
const ANSWER_MS = 10_000;
const LOOK_MS = 100;

/**
 * Lets a schedule fire now, and waits until Temporal says whether it did.
 *
 * @throws WindlassFailure `AlreadyRunning` when one of its runs is open, `TargetUnreachable` when Temporal does not say.
 */
export async function fireNow(handle: ScheduleHandle): Promise<void> {
  const { info: before } = await handle.describe();
  // Without a policy of its own a trigger overlaps, whatever the schedule says.
  await handle.trigger(ScheduleOverlapPolicy.SKIP);
  const deadline = Date.now() + ANSWER_MS;
  while (Date.now() < deadline) {
    const { info } = await handle.describe();
    if (info.numActionsTaken > before.numActionsTaken) return;
    if (info.numActionsSkippedOverlap > before.numActionsSkippedOverlap) throw isRunning(handle.scheduleId);
    await sleep(LOOK_MS);
  }
  throw new WindlassFailure('TargetUnreachable', 'Temporal does not say whether it started a run.', {
    object: handle.scheduleId,
    next: 'Look with `windlass schedule list` whether it runs, before you trigger it again.',
  });
}

export function isRunning(id: string): WindlassFailure {
  return new WindlassFailure('AlreadyRunning', 'Temporal skipped it: one of its runs is open.', {
    object: id,
    next: 'Wait until that run ends, then trigger it again.',
  });
}

export function unsignedTrigger(id: string): WindlassFailure {
  return new WindlassFailure('WrongUsage', 'The schedule is signed for its own times, and this is none of them.', {
    object: id,
    next: 'Sign what you trigger: `--as NAME --key FILE`.',
  });
}
