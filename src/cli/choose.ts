import { stepPath } from '../domain/names.ts';
import { WindlassFailure, type FailureType } from '../domain/failure.ts';

interface At {
  readonly phase: string;
  readonly step: string;
}

/** What is chosen from, in words: `{ one: 'open gate', many: 'open gates', none: 'Gates open when ...' }`. */
export interface ChoiceWords {
  readonly one: string;
  readonly many: string;
  /** What to do when there is none. */
  readonly none: string;
  readonly type: FailureType;
}

/**
 * The one that is meant: the one named, or the only one there is.
 *
 * @param asked `PHASE/STEP`, or undefined.
 * @throws WindlassFailure of `words.type` when there is none such; `WrongUsage` when there are several and none is named.
 */
export function choose<T extends At>(candidates: readonly T[], asked: string | undefined, words: ChoiceWords): T {
  const paths = candidates.map((one) => stepPath(one.phase, one.step));
  const facts = candidates.length === 0 ? {} : { facts: { [words.many]: paths } };
  if (asked !== undefined) {
    const at = candidates[paths.indexOf(asked)];
    if (at) return at;
    throw new WindlassFailure(words.type, `There is no ${words.one} at ${asked}.`, {
      object: asked,
      next: candidates.length === 0 ? words.none : 'Name one of those listed.',
      ...facts,
    });
  }
  const [first, second] = candidates;
  if (!first) throw new WindlassFailure(words.type, `There is no ${words.one}.`, { next: words.none });
  if (second) {
    const next = 'Name one: PHASE/STEP.';
    throw new WindlassFailure('WrongUsage', `There are ${candidates.length} ${words.many}.`, { next, ...facts });
  }
  return first;
}
