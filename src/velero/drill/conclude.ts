import { WindlassFailure } from '../../domain/failure.ts';
import { cleanUp } from './clean-up.ts';
import type { Drill } from './open.ts';
import { noteVerdict } from './proofs.ts';
import { faultsOf, type DrillOutcome } from './verdict.ts';

/**
 * Carries out a drill and cleans up after it, whatever comes. Neither hides the other: a failure of the drill says what
 * could not be cleaned up, and where only that fails, the verdict is noted on the backup and told.
 *
 * @param keepJournal whether a retry is to go on with the backup that was made, by what the drill failed with; null when
 *   it came to its verdict.
 * @throws what `work` throws; else as `Turn.assert`, and as `cleanUp`.
 */
export async function concluding(
  drill: Drill,
  keepJournal: (error: unknown) => boolean,
  work: () => Promise<DrillOutcome>,
): Promise<DrillOutcome> {
  let outcome: DrillOutcome;
  try {
    outcome = await work();
    // What was compared while another attempt cleaned up says nothing of the backup.
    await drill.turn.assert();
  } catch (error) {
    const left = await failureOf(() => cleanUp(drill, { keepJournal: keepJournal(error) }));
    throw left === null ? error : withLeft(error, left);
  }
  const left = await failureOf(() => cleanUp(drill, { keepJournal: keepJournal(null) }));
  if (left === null) return outcome;
  await noteVerdict(drill.api, drill.spec, outcome, drill.context.signal);
  throw withVerdict(left, outcome);
}

async function failureOf(work: () => Promise<void>): Promise<WindlassFailure | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof WindlassFailure) return error;
    throw error;
  }
}

function withLeft(error: unknown, { message, options: { object, facts } }: WindlassFailure): unknown {
  if (!(error instanceof WindlassFailure)) return error;
  const notCleanedUp = { message, ...(object === undefined ? {} : { object }), ...facts };
  return new WindlassFailure(error.type, error.message, {
    ...error.options,
    facts: { ...error.options.facts, notCleanedUp },
    cause: error,
  });
}

function withVerdict(left: WindlassFailure, outcome: DrillOutcome): WindlassFailure {
  const faults = faultsOf(outcome);
  const verdict = faults.length === 0 ? 'proven' : `refuted (${faults.slice(0, 3).join('; ')})`;
  const message = `${left.message} The verdict stands: Backup ${outcome.backup} is ${verdict}.`;
  return new WindlassFailure(left.type, message, {
    ...left.options,
    facts: { ...left.options.facts, backup: outcome.backup, faults: faults.slice(0, 20) },
    cause: left,
  });
}
