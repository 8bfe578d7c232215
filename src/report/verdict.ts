import { changedLine, type ChangeAction } from '../domain/change.ts';
import { damageNote } from '../domain/damage.ts';
import { verdictLine } from '../domain/drill/verdict.ts';
import { formatDuration } from '../domain/duration.ts';
import { stepPath } from '../domain/names.ts';
import { driftSummary } from '../domain/drift.ts';
import { scoreText } from '../domain/readiness/words.ts';
import { SATISFIED } from '../domain/status.ts';
import type { Report, StepReport } from './report.ts';
import { count } from './words.ts';

type Facts = Omit<Report, 'verdict' | 'left'>;

/** What became of the run, in one sentence. */
export function verdictSentence(report: Facts): string {
  const { rollout, environment, state, durationMs, provenance, phases } = report;
  const steps = phases.flatMap((phase) => phase.steps.map((step) => ({ ...step, path: `${phase.name}/${step.name}` })));
  const byHand = steps.filter(({ state }) => state === 'skipped by hand').length;
  const skipped = steps.filter(({ state }) => state === 'skipped').length + byHand;
  const done = steps.filter((step) => isSatisfied(step)).length - skipped;
  const progress = `${done} of ${count(steps.length, 'step')} done${skipped === 0 ? '' : ` (${skipped} skipped${byHand === 0 ? '' : `, ${byHand} of them BY HAND`})`}`;
  const broken =
    provenance.broken === 0
      ? ''
      : `, but ${count(provenance.broken, 'claim')} ${provenance.broken === 1 ? 'does' : 'do'} not hold`;
  const at = `${rollout} to ${environment}`;
  // What nobody can read may be anything, the end of the run included.
  if (state === 'unknown' && isLost(report))
    return `How ${at} went CANNOT BE TOLD: ${damageNote(report.damaged ?? [])}.`;
  if (report.drill !== null) return drillSentence(report, at);
  const waiting = steps.filter((step) => step.state === 'parked' || step.state === 'gate').map((step) => step.path);
  switch (state) {
    case 'done':
      return `${at} is done: ${progress} in ${formatDuration(durationMs)}, ${changes(steps)}${broken}.`;
    case 'failed':
      return `${at} FAILED after ${formatDuration(durationMs)}, with ${progress}: ${report.failures.at(-1)?.failure.message ?? 'why is not recorded.'}`;
    case 'aborted':
      return `${at} was ABORTED after ${formatDuration(durationMs)}, with ${progress}${broken}.`;
    case 'cancelled':
      return `${at} was CANCELLED${cancelledBy(report)} after ${formatDuration(durationMs)}, with ${progress}${broken}.`;
    case 'terminated':
    case 'timed out':
      return `${at} was ended by Temporal (${state}), with ${progress}${broken}.`;
    case 'running':
    case 'blocked':
    case 'paused':
      return `${at} ${state === 'running' ? 'goes on' : state === 'paused' ? `is PAUSED${pausedBy(report)}` : 'WAITS for a person'}: ${progress} in ${formatDuration(durationMs)}${waiting.length === 0 ? '' : `, ${waiting.join(', ')} waiting`}${broken}.`;
    case 'unknown':
      return `${at} has NOT ENDED as far as the record knows${pausedBy(report) === '' ? '' : `, and is PAUSED${pausedBy(report)}`}: ${progress}${waiting.length === 0 ? '' : `, ${waiting.join(', ')} waiting`}${broken}.`;
  }
}

/** What became of a run that was none of the rollout. */
function drillSentence({ drill, drills, readiness, drift, state, failures }: Facts, at: string): string {
  if (drift) return `A look at ${at} for what is otherwise than declared. ${driftSummary(drift)}.`;
  if (readiness) return `The readiness of ${at} was ${scoreText(readiness)}.`;
  const [verdict] = drills;
  if (verdict) return `The drill ${stepPath(verdict.phase, verdict.step)} of ${at} ended ${verdictLine(verdict)}.`;
  if (state === 'unknown') return `The ${drill ?? ''} of ${at} has NOT ENDED as far as the record knows.`;
  const failure = failures.at(-1)?.failure;
  return failure === undefined
    ? `What the next backup of ${at} must hold was planted and written down.`
    : `What the next backup of ${at} must hold could NOT be planted: ${failure.message}`;
}

/** By whom the run is paused, as far as the record knows; empty where it is not. */
function pausedBy({ commands }: Facts): string {
  const newest = commands.findLast(
    ({ action, denial }) => (action === 'pause' || action === 'resume') && denial === null,
  );
  if (newest?.action !== 'pause') return '';
  return ` by ${newest.by}${newest.comment === '' ? '' : ` (${newest.comment})`}`;
}

/** Whoever reaches Temporal can cancel a run there without a word to the rollout. */
function cancelledBy({ commands }: Facts): string {
  const command = commands.findLast(({ action, denial }) => action === 'cancel' && denial === null);
  return command === undefined ? ' at Temporal itself, by a command that is not on record,' : ` by ${command.by}`;
}

/** Whether what does not read may have said how the run ended. */
function isLost({ damaged = [], drill }: Facts): boolean {
  const ends = drill === null ? ['verdict'] : ['drill', 'witness', 'readiness', 'drift'];
  return damaged.some(({ type }) => type === null || ends.includes(type));
}

function isSatisfied(step: StepReport): boolean {
  return (SATISFIED as ReadonlySet<string>).has(step.state);
}

/** What all steps together changed. */
function changes(steps: readonly StepReport[]): string {
  const sum = (action: ChangeAction): number =>
    steps.reduce((total, step) => total + (step.changed?.counts[action] ?? 0), 0);
  const counts = { create: sum('create'), update: sum('update'), replace: sum('replace'), delete: sum('delete') };
  return changedLine({ ...counts, unknown: 0, unchanged: 0 }) || 'nothing had to be changed';
}
