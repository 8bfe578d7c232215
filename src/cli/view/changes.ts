import { changedLine, countsLine } from '../../domain/change.ts';
import type { StepStatus } from '../../domain/status.ts';

/** What a step would change or, once it is done, what it changed; empty before it was planned. */
export function changesWords({ plan, state }: StepStatus): string {
  if (plan === null) return '';
  return state === 'done' || state === 'unchanged' ? changedLine(plan.counts) : countsLine(plan.counts);
}
