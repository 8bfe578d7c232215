import type { OpenGate, RolloutStatus } from '../client.ts';
import type { Config } from '../config.ts';
import { summarizePlan, type Change } from '../domain/change.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { sha256 } from '../store/sha256.ts';
import { recordedEntries } from './recorded.ts';

/**
 * All changes that an open gate waits on, from the record: the gate itself carries only the first few. Null when they are
 * not at hand, since the store may be one that only workers reach. Never throws a failure of the store.
 */
export async function shownChanges(
  config: Config,
  status: RolloutStatus,
  gate: OpenGate,
): Promise<readonly Change[] | null> {
  if (gate.plan === null) return null;
  try {
    const { entries } = await recordedEntries(config, status, status.run);
    const body = entries
      .filter(({ scope }) => scope.phase === gate.phase && scope.step === gate.step)
      .map((entry) => entry.body)
      // Of the changes that are approved, and of no other plan of this step.
      .findLast((one) => one.type === 'plan' && one.summary.changeDigest === gate.changeDigest);
    // What is signed is the digest, so what is shown must be what it is of, whatever became of the store.
    const intact = body?.type === 'plan' && summarizePlan(body.changes, '', sha256).changeDigest === gate.changeDigest;
    return intact ? body.changes : null;
  } catch (error) {
    if (error instanceof WindlassFailure) return null;
    throw error;
  }
}
