import { latest, type EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';

const WAITS = ['WaitForFirstConsumer', 'WaitForPodScheduled'];
const TRIES = ['ProvisioningFailed', 'FailedBinding', 'ProvisioningSucceeded', ...WAITS];

/** A claim for which no volume is found or made. */
export function claimVerdict(notes: readonly EventNote[], graces: Graces): Suspicion[] {
  const note = latest(notes, ...TRIES);
  if (note?.reason !== 'ProvisioningFailed' && note?.reason !== 'FailedBinding') return [];
  return [{ key: 'claim', reason: note.reason, message: note.message, graceMs: graces.volumeMs }];
}

/**
 * True for a pending claim that waits for its first consumer while no pod uses it: it is as far as it can be, and
 * nothing is gained by waiting. The controller says which: once a pod uses it, it waits for that to be scheduled.
 */
export function unusedClaim(notes: readonly EventNote[]): boolean {
  return latest(notes, ...TRIES)?.reason === 'WaitForFirstConsumer';
}
