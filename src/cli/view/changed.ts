import { failureLine } from '../../domain/failure.ts';
import { stepPath } from '../../domain/names.ts';
import type { RolloutStatus, StepStatus } from '../../domain/status.ts';
import { changesWords } from './changes.ts';
import { commandLine } from '../../domain/command-line.ts';
import { elapsed } from './duration.ts';
import { stateWords } from './state.ts';

/** What a log wants to know: one line for each step whose state is not what it was, and one when the rollout's is not. */
export function changedLines(before: RolloutStatus | null, after: RolloutStatus, now: number): string[] {
  const known = new Map(steps(before).map(({ at, step }) => [at, step]));
  const lines = steps(after)
    .filter(({ at, step }) => step.state !== (known.get(at)?.state ?? 'pending'))
    .flatMap(({ at, step }) => stepLines(after, at, step, now));
  const moved = before === null || before.state !== after.state;
  return moved ? [...lines, `${after.rollout} → ${after.environment}: ${after.state}`] : lines;
}

function steps(status: RolloutStatus | null): { readonly at: string; readonly step: StepStatus }[] {
  return (status?.phases ?? []).flatMap((phase) =>
    phase.steps.map((step) => ({ at: stepPath(phase.name, step.name), step })),
  );
}

function stepLines(status: RolloutStatus, at: string, step: StepStatus, now: number): string[] {
  const changes = changesWords(step);
  const plan = changes === '' ? '' : ` (${changes})`;
  const time = step.endedAt === null ? '' : ` after ${elapsed(step.startedAt, step.endedAt, now)}`;
  const line = `${at}: ${stateWords(step.state)}${plan}${time}`;
  if (step.gate) return [line, `  ${step.gate.reason} ${commandLine('approve', status, at)}`];
  if (step.state === 'parked' && step.failure)
    return [line, `  ${failureLine(step.failure)}`, `  ${commandLine('retry', status, at)}`];
  return [line];
}
