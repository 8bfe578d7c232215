import { changeLine, countChanges, type Change } from '../domain/change.ts';
import type { RecordEntry } from '../domain/record-entry.ts';
import type { PhaseStatus, RolloutStatus, StepStatus } from '../domain/status.ts';
import { ofType } from '../domain/entries.ts';
import { spansOf } from './spans.ts';
import type { Changed, PhaseReport, StepReport } from './report.ts';

const LINES = 12;

/** Phases and steps with what became of them: as the verdict has them, or as far as entries speak of them. */
export function phasesOf(entries: readonly RecordEntry[], status: RolloutStatus | null): readonly PhaseReport[] {
  if (status) return status.phases.map((phase) => phaseReport(phase, entries));
  const names = [...new Set(entries.flatMap(({ scope }) => (scope.phase === null ? [] : [scope.phase])))];
  return names.map((phase) => {
    const own = entries.filter(({ scope }) => scope.phase === phase);
    const steps = [...new Set(own.flatMap(({ scope }) => (scope.step === null ? [] : [scope.step])))];
    return { name: phase, state: 'unknown', steps: steps.map((step) => stepReport(phase, step, null, own)) };
  });
}

function phaseReport(phase: PhaseStatus, entries: readonly RecordEntry[]): PhaseReport {
  const own = entries.filter(({ scope }) => scope.phase === phase.name);
  const steps = phase.steps.map((step) => stepReport(phase.name, step.name, step, own));
  return { name: phase.name, state: phase.state, steps };
}

function stepReport(
  phase: string,
  name: string,
  status: StepStatus | null,
  entries: readonly RecordEntry[],
): StepReport {
  const own = entries.filter(({ scope }) => scope.phase === phase && scope.step === name);
  return {
    name,
    kind: status?.kind ?? null,
    state: status?.state ?? lastKnown(own),
    planned: ofType(own, 'plan').at(-1)?.body.summary ?? status?.plan ?? null,
    changed: changedOf(own),
    startedAt: status?.startedAt ?? own[0]?.time ?? null,
    endedAt: status?.endedAt ?? null,
    spans: spansOf(own, status),
    ...(status?.gate ? { gate: status.gate } : {}),
  };
}

/** What the last entry of a step without a verdict says of it. */
function lastKnown(entries: readonly RecordEntry[]): string {
  const words: Partial<Record<RecordEntry['body']['type'], string>> = {
    plan: 'planned',
    applied: 'applied',
    evidence: 'checked',
    parked: 'parked',
    drill: 'drilled',
    witness: 'witnessed',
  };
  return entries.map(({ body }) => words[body.type]).findLast((word) => word !== undefined) ?? 'unknown';
}

/**
 * What all attempts of a step changed. An attempt that was cut off and one that found the rest in place tell one story:
 * of each thing the first change that was one counts.
 */
function changedOf(entries: readonly RecordEntry[]): Changed | null {
  const applied = ofType(entries, 'applied');
  if (applied.length === 0) return null;
  const byThing = new Map<string, Change>();
  for (const change of applied.flatMap(({ body }) => body.changes)) {
    const before = byThing.get(change.what);
    if (!before || before.action === 'unchanged') byThing.set(change.what, change);
  }
  const changes = [...byThing.values()];
  const real = changes.filter(({ action }) => action !== 'unchanged');
  return {
    counts: countChanges(changes),
    changes: real,
    lines: real.slice(0, LINES).map(changeLine),
    more: Math.max(0, real.length - LINES),
    durationMs: applied.reduce((sum, { body }) => sum + body.durationMs, 0),
  };
}
