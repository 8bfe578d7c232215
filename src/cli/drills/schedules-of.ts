import type { DrillSchedule, RolloutRef } from '../../client.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { stepPath } from '../../domain/names.ts';
import { choose } from '../choose.ts';
import { commandLine } from '../view/command-line.ts';

/**
 * The schedules that are meant: those of the drill that is named, or of the only one there is.
 *
 * @param only of one mode alone.
 * @throws WindlassFailure `NotFound`, `WrongUsage`.
 */
export function schedulesOf(
  found: readonly DrillSchedule[],
  asked: string | undefined,
  only: string | undefined,
  ref: RolloutRef,
): readonly DrillSchedule[] {
  const drills = [...new Map(found.map((one) => [stepPath(one.phase, one.step), one])).values()];
  const next = `See which there are: ${commandLine('schedule list', ref)}`;
  const { phase, step } = choose(drills, asked, {
    one: 'scheduled drill',
    many: 'scheduled drills',
    none: next,
    type: 'NotFound',
  });
  const meant = found.filter(
    (one) => one.phase === phase && one.step === step && (only === undefined || one.mode === only),
  );
  if (meant.length > 0) return meant;
  throw new WindlassFailure('NotFound', `This drill has no schedule of mode ${only ?? ''}.`, {
    object: stepPath(phase, step),
    next,
  });
}
