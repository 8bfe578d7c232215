import type { WindlassSchedule, RolloutRef } from '../../client.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { stepPath } from '../../domain/names.ts';
import { isLook, LOOKS } from '../../domain/run-mode.ts';
import { choose } from '../choose.ts';
import { commandLine } from '../../domain/command-line.ts';

/**
 * The schedules that are meant: those of the drill that is named, or of the only one there is; that of a look (`readiness`, `drift`) where
 * it is named, or there is no other.
 *
 * @param only of one mode alone.
 * @throws WindlassFailure `NotFound`, `WrongUsage`.
 */
export function schedulesOf(
  found: readonly WindlassSchedule[],
  asked: string | undefined,
  only: string | undefined,
  ref: RolloutRef,
): readonly WindlassSchedule[] {
  const looks = found.filter(({ mode }) => isLook(mode) && (asked === undefined || mode === asked));
  const named = LOOKS.find((look) => look === asked);
  const drills = [...new Map(drillsIn(found).map((one) => [stepPath(one.phase, one.step), one])).values()];
  if (named !== undefined && looks.length === 0)
    throw new WindlassFailure('NotFound', `There is no schedule that looks at the ${named}.`, {
      object: named,
      next: `Make one: ${commandLine('schedule create', ref)} --${named} --every 6h`,
    });
  if (named !== undefined || (asked === undefined && drills.length === 0 && looks.length === 1)) return looks;
  if (asked === undefined && drills.length === 0 && looks.length > 1)
    throw new WindlassFailure('WrongUsage', 'There are several schedules that look.', {
      object: looks.map(({ mode }) => mode).join(', '),
      next: `Say which: ${commandLine('schedule list', ref)} lists them.`,
    });
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

function drillsIn(found: readonly WindlassSchedule[]) {
  return found.flatMap((one) =>
    one.phase === null || one.step === null ? [] : [{ ...one, phase: one.phase, step: one.step }],
  );
}
