import { compareTexts } from './compare.ts';
import { canonicalJson } from './json.ts';
import type { Prerequisite } from './prerequisite.ts';

export type ChangeAction = 'create' | 'update' | 'replace' | 'delete' | 'unchanged' | 'unknown';

/** Who set a field. */
export interface FieldAuthor {
  /** As the server knows them: `kubectl-edit`, `windlass`. */
  readonly manager: string;
  /** When they last wrote what they own of the thing, in ISO 8601; null where the server does not say. */
  readonly since: string | null;
}

/** A field that differs, values as they may be shown, and who set it as it is. */
export interface ChangedField {
  readonly field: string;
  readonly before: string;
  readonly after: string;
  /** Empty where nobody is known: the field is not there, or is a default. */
  readonly by: readonly FieldAuthor[];
}

/** What a step would do, or did, to one thing. */
export interface Change {
  readonly action: ChangeAction;
  /** The thing: `StatefulSet data/zookeeper`, `role lakefs`, `bucket velero-backups`. */
  readonly what: string;
  /** True when something that exists would be lost: data, a volume, an object nobody can bring back unchanged. */
  readonly destructive: boolean;
  /** What somebody must answer for before it is done, though nothing is lost: `critical finding`; absent where nobody need. */
  readonly asks?: string;
  /** What differs, in words or as `path: before -> after` lines, secrets masked. */
  readonly detail?: readonly string[];
  /** The fields that differ, in place of their lines in `detail`, where a plan was asked for their authors; part of no digest. */
  readonly fields?: readonly ChangedField[];
  /** What was seen while planning and moves by itself, such as a number of rows; shown, and part of no digest. */
  readonly observed?: string;
  /** For `unknown`: the step path whose result must exist before this can be planned. */
  readonly knownAfter?: string;
  /** For `unknown`: what must exist first; part of no digest, since `detail` says it too. */
  readonly missing?: readonly Prerequisite[];
  /** For `create`: what is there afterwards that a later step may need first; part of no digest, since `what` says it too. */
  readonly makes?: readonly Prerequisite[];
  /** True of what only takes the place of the real thing, such as a migration of another origin; part of no digest. */
  readonly standIn?: true;
}

/** Whether somebody must answer for a change before it is made: it destroys something, or asks. */
export function mustBeAnsweredFor({ action, destructive, asks }: Change): boolean {
  return action !== 'unchanged' && (destructive || asks !== undefined);
}

/** How lines call what only takes the place of the real thing. */
export const STAND_IN = 'STAND-IN';

/** The plan of one step as far as workflows, tables and gates carry it; the whole list is in the record. */
export interface PlanSummary {
  /** SHA-256 over every change that is not `unchanged`. */
  readonly changeDigest: string;
  /** SHA-256 over those alone that open a gate, by what they destroy or ask: if it moves after an approval, it opens again. */
  readonly destructiveDigest: string;
  readonly counts: Readonly<Record<ChangeAction, number>>;
  readonly destructive: number;
  /** How many ask for an answer without destroying anything; absent where none does. */
  readonly asks?: number;
  /** The first changes, one line each. */
  readonly lines: readonly string[];
  /** Which of `lines` destroy data, by their place; absent where none does, and in summaries of 0.1.0. */
  readonly destructiveLines?: readonly number[];
  /** How many changes are not in `lines`. */
  readonly more: number;
  /** How the step can be undone, or that it cannot. */
  readonly undo: string;
  /** How many changes, unchanged ones included, rest on a stand-in; absent where none does. */
  readonly standIns?: number;
}

const LINES = 12;

/** One line for one change: `create    bucket velero-backups`. */
export function changeLine(change: Change): string {
  return `${change.action.padEnd(9)} ${changeWords(change)}`;
}

/** A change without its action: what it is of, and all that must be known of it. */
export function changeWords(change: Change): string {
  const after = change.knownAfter === undefined ? '' : ` (known after ${change.knownAfter})`;
  const seen = change.observed === undefined ? '' : ` (${change.observed})`;
  const standIn = change.standIn === true ? ` (${STAND_IN})` : '';
  const asked = change.asks === undefined ? '' : ` [${change.asks}]`;
  return `${change.what}${seen}${standIn}${after}${change.destructive ? ' [destroys data]' : ''}${asked}`;
}

/** True when the step has nothing to do. A change that is not known yet counts as something to do. */
export function isUnchanged(plan: PlanSummary): boolean {
  return plan.counts.unchanged === totalChanges(plan);
}

/** @internal exported for its tests */
export function totalChanges(plan: PlanSummary): number {
  return Object.values(plan.counts).reduce((sum, count) => sum + count, 0);
}

/** What a set of changes comes to, in words: `3 to create, 1 unchanged`. */
export function countsLine(counts: PlanSummary['counts']): string {
  return countsIn(TO_DO, counts) || 'nothing to do';
}

/** What was done, in words: `3 created, 1 unchanged`; empty when nothing was. */
export function changedLine(counts: PlanSummary['counts']): string {
  return countsIn(DONE, counts);
}

const TO_DO: Readonly<Record<ChangeAction, string>> = {
  create: 'to create',
  update: 'to update',
  replace: 'to replace',
  delete: 'to delete',
  unknown: 'known later',
  unchanged: 'unchanged',
};
const DONE: Readonly<Record<ChangeAction, string>> = {
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
  unknown: 'not known',
  unchanged: 'unchanged',
};

function countsIn(words: Readonly<Record<ChangeAction, string>>, counts: PlanSummary['counts']): string {
  return (Object.keys(words) as ChangeAction[])
    .filter((action) => counts[action] > 0)
    .map((action) => `${String(counts[action])} ${words[action]}`)
    .join(', ');
}

/** Counts of each action. */
export function countChanges(changes: readonly Change[]): Record<ChangeAction, number> {
  const counts: Record<ChangeAction, number> = {
    create: 0,
    update: 0,
    replace: 0,
    delete: 0,
    unchanged: 0,
    unknown: 0,
  };
  for (const change of changes) counts[change.action] += 1;
  return counts;
}

/**
 * Sums up a list of changes. The digests do not depend on the order in which an engine found the changes.
 *
 * @param sha256 hex SHA-256 of a text; handed in because this room does no input or output.
 */
export function summarizePlan(changes: readonly Change[], undo: string, sha256: (text: string) => string): PlanSummary {
  const real = changes.filter((change) => change.action !== 'unchanged').sort(byThing);
  const shown = real.slice(0, LINES);
  const destructiveLines = shown.flatMap(({ destructive }, at) => (destructive ? [at] : []));
  const standIns = changes.filter(({ standIn }) => standIn === true).length;
  const asks = real.filter(({ destructive, asks: asked }) => !destructive && asked !== undefined).length;
  const digest = (some: readonly Change[]): string =>
    sha256(
      canonicalJson(
        some.map((change) => ({
          ...change,
          fields: undefined,
          observed: undefined,
          missing: undefined,
          makes: undefined,
          standIn: undefined,
        })),
      ),
    );
  return {
    changeDigest: digest(real),
    destructiveDigest: digest(real.filter(mustBeAnsweredFor)),
    counts: countChanges(changes),
    destructive: real.filter((change) => change.destructive).length,
    ...(asks === 0 ? {} : { asks }),
    lines: shown.map(changeLine),
    ...(destructiveLines.length === 0 ? {} : { destructiveLines }),
    more: Math.max(0, real.length - LINES),
    undo,
    ...(standIns === 0 ? {} : { standIns }),
  };
}

/** By the thing; two changes to one thing by what they say, so that their order is never that in which they came. */
function byThing(a: Change, b: Change): number {
  return compareTexts(a.what, b.what) || compareTexts(canonicalJson(a), canonicalJson(b));
}
