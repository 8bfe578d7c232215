import { isCancellation } from '@temporalio/workflow';
import type { Moment } from '../domain/measured.ts';
import { measuring } from './activities.ts';
import type { Read } from './measurements.ts';
import type { RolloutRun } from './rollout-run.ts';
import { since } from './since.ts';

/**
 * Reads the measures of a rollout, where it has any. Whatever becomes of that, the rollout goes on.
 *
 * @throws CancelledFailure when the rollout was cancelled meanwhile.
 */
export async function measure(run: RolloutRun, moment: Moment): Promise<void> {
  // Workers of before know no measures: they pass over those of a bundle, also while workers are replaced.
  if (!run.measurements.any || !since('measures')) return;
  let readings: readonly Read[] = [];
  try {
    readings = await measuring.readMeasures(run.scope, moment);
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
  run.measured(moment, readings, 'was not read: no worker did it in time');
}
