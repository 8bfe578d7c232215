import type { ChangeAction, PlanSummary } from '../domain/change.ts';

const DONE: Readonly<Record<ChangeAction, string>> = {
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
  unknown: 'not known',
  unchanged: 'unchanged',
};

/** What was done, in words: `3 created, 1 unchanged`; empty when nothing was. */
export function changedLine(counts: PlanSummary['counts']): string {
  return (Object.keys(DONE) as ChangeAction[])
    .filter((action) => counts[action] > 0)
    .map((action) => `${counts[action]} ${DONE[action]}`)
    .join(', ');
}

/** A number with its noun: `1 step`, `3 steps`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
