import type { Change, ChangeAction } from './change.ts';
import { compareTexts } from './compare.ts';
import { ofType } from './entries.ts';
import { canonicalJson } from './json.ts';
import { stepPath } from './names.ts';
import type { RecordEntry } from './record-entry.ts';

/** What a run did to one thing, or would have done where it did not come to it. */
export interface Done {
  readonly action: ChangeAction;
  readonly detail: readonly string[];
  /** Whether it was carried out, and not only planned. */
  readonly applied: boolean;
}

/** A thing to which two runs did something different; null for a run that knows nothing of it. */
export interface RunDifference {
  /** PHASE/STEP */
  readonly step: string;
  readonly what: string;
  readonly before: Done | null;
  readonly after: Done | null;
}

/** What two runs of a rollout changed, or planned to change, differently; by step and thing. */
export function runDifferences(
  before: readonly RecordEntry[],
  after: readonly RecordEntry[],
): readonly RunDifference[] {
  const [left, right] = [doneIn(before), doneIn(after)];
  const keys = [...new Set([...left.keys(), ...right.keys()])].sort(compareTexts);
  return keys.flatMap((key) => {
    const [one, other] = [left.get(key), right.get(key)];
    if (canonicalJson(one?.done ?? null) === canonicalJson(other?.done ?? null)) return [];
    const { step = '', what = '' } = one ?? other ?? {};
    return [{ step, what, before: one?.done ?? null, after: other?.done ?? null }];
  });
}

interface DoneTo {
  readonly step: string;
  readonly what: string;
  readonly done: Done;
}

/** The last word of a run on each thing: what was applied, else what was planned last. What was unchanged is left out. */
function doneIn(entries: readonly RecordEntry[]): ReadonlyMap<string, DoneTo> {
  const applied = ofType(entries, 'applied');
  const carriedOut = new Set(applied.map(({ scope }) => stepOf(scope)));
  const lastPlans = new Map(ofType(entries, 'plan').map((entry) => [stepOf(entry.scope), entry]));
  const planned = [...lastPlans].filter(([step]) => !carriedOut.has(step)).map(([, entry]) => entry);
  const found = [...planned, ...applied].flatMap(({ scope, body: { type, changes } }) =>
    changes
      .filter(({ action }) => action !== 'unchanged')
      .map((change) => doneTo(stepOf(scope), change, type === 'applied')),
  );
  return new Map(found.map((one) => [`${one.step} ${one.what}`, one]));
}

function doneTo(step: string, { action, what, detail = [] }: Change, applied: boolean): DoneTo {
  return { step, what, done: { action, detail, applied } };
}

function stepOf({ phase, step }: RecordEntry['scope']): string {
  return stepPath(phase ?? '', step ?? '');
}
