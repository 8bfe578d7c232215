import { countsLine } from '../../domain/change.ts';
import type { StepStatus } from '../../domain/status.ts';

const PAST = { 'to create': 'created', 'to update': 'updated', 'to replace': 'replaced', 'to delete': 'deleted' };

/** What a step would change or, once it is done, what it changed; empty before it was planned. */
export function changesWords({ plan, state }: StepStatus): string {
  if (plan === null) return '';
  const words = countsLine(plan.counts);
  if (state !== 'done' && state !== 'unchanged') return words;
  const past = Object.entries(PAST).reduce((text, [from, to]) => text.replace(from, to), words);
  return past === 'nothing to do' ? '' : past;
}
