import { compareTexts } from '../domain/compare.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { historiesOf, type DrillHistory } from '../domain/drill/histories.ts';
import { drillHistory } from '../domain/drill/history.ts';
import { uncertainOf, type RecordReading } from '../domain/damage.ts';
import { measureStatuses, type MeasureStatus } from '../domain/measured.ts';
import { stepPath } from '../domain/names.ts';
import type { RecordBody, RecordEntry } from '../domain/record-entry.ts';
import { ofType, type EntryOf } from '../domain/entries.ts';
import type { Scorecard } from '../domain/readiness/scorecard.ts';
import type { RolloutStatus } from '../domain/status.ts';
import { auditsOf } from './audit.ts';
import { stepOf } from './entries.ts';
import { evidenceOf, provenanceOf } from './evidence.ts';
import { leftOf } from './left.ts';
import { phasesOf } from './phases.ts';
import type { CommandReport, DecisionReport, FailureReport, Report } from './report.ts';
import { verdictSentence } from './verdict.ts';

/** What is known beside the entries of a run. */
interface Surroundings {
  /** How the run stands, while it goes on, and when it was asked: ISO 8601 in UTC. */
  readonly live?: { readonly status: RolloutStatus; readonly at: string };
  /** Every drill of the rollout, of whatever run; those of the run itself when absent. */
  readonly drillHistories?: readonly DrillHistory[];
  /** How ready the platform is. */
  readonly readiness?: Scorecard;
  /** The rollout's directory, as commands are to name it. */
  readonly directory?: string;
}

/**
 * Makes the report of one run from its entries, in whatever order they come. Needs nothing else: no Temporal, no bundle.
 * Entries that do not read are named in it; where none reads, they are all that it tells.
 *
 * @param around what else is known: how the run stands counts while there is no verdict.
 * @throws WindlassFailure `NotFound` when there are neither.
 * @throws RangeError when they are of more than one run.
 */
export function buildReport({ entries, damaged }: RecordReading, around: Surroundings = {}): Report {
  const sorted = entries.toSorted((a, b) => compareTexts(a.time, b.time) || compareTexts(a.id, b.id));
  const [first = null] = sorted;
  const { environment, rollout, run } = first?.scope ?? damaged[0] ?? nothing();
  const runs = [...sorted.map(({ scope }) => scope.run), ...damaged.map((one) => one.run)];
  if (new Set(runs).size > 1) throw new RangeError('the entries are of several runs');

  const verdict = ofType(sorted, 'verdict').at(-1);
  const start = ofType(sorted, 'start')[0];
  const live = verdict === undefined && around.live?.status.run === run ? around.live : undefined;
  const status = verdict?.body.status ?? live?.status ?? null;
  const startedAt = first?.time ?? null;
  const endedAt = (verdict ?? sorted.at(-1))?.time ?? null;
  const lacks = (type: RecordBody['type']): boolean => damaged.some((one) => one.type === type || one.type === null);
  const evidence = evidenceOf(sorted);
  const phases = phasesOf(sorted, status);
  const drills = drillHistory(sorted);
  const drill = start?.body.mode ?? null;
  const { drillHistories = historiesOf(sorted) } = around;
  const facts = {
    state: status?.state ?? (drill === null ? 'unknown' : stateOfDrill(sorted)),
    drill,
    environment,
    rollout,
    run: run ?? '',
    bundle: first?.scope.bundle ?? null,
    startedBy: start?.body.by ?? status?.startedBy ?? null,
    signed: start === undefined ? (lacks('start') ? null : false) : start.body.verified === true,
    startedAt,
    endedAt,
    ...(live === undefined ? {} : { asOf: live.at }),
    durationMs: startedAt === null || endedAt === null ? 0 : Date.parse(live?.at ?? endedAt) - Date.parse(startedAt),
    phases,
    decisions: ofType(sorted, 'decision').map(decisionOf),
    commands: ofType(sorted, 'command').map(commandOf),
    failures: [
      ...ofType(sorted, 'parked').map(({ time, scope, body }) => ({
        time,
        step: stepOf(scope),
        failure: body.failure,
      })),
      ...drills.flatMap(({ time, phase, step, failure }) =>
        failure === null ? [] : [{ time, step: stepPath(phase, step), failure }],
      ),
      ...ofType(sorted, 'witness').flatMap(({ time, scope, body: { failure } }) =>
        failure === null ? [] : [{ time, step: stepOf(scope), failure }],
      ),
      ...(status?.failure ? [{ time: endedAt ?? '', step: null, failure: status.failure }] : []),
    ] satisfies FailureReport[],
    drills,
    ...(drillHistories.length === 0 ? {} : { drillHistories }),
    evidence,
    provenance: provenanceOf(evidence, phases),
    ...measuresOf(sorted),
    ...readinessOf(sorted, drill === null ? around.readiness : undefined),
    ...driftOf(sorted),
    ...auditsIn(evidence),
    ...(damaged.length === 0 ? {} : { damaged: damaged.map((one) => ({ ...one, uncertain: uncertainOf(one) })) }),
  } satisfies Omit<Report, 'verdict' | 'left'>;
  return { verdict: verdictSentence(facts), ...facts, left: leftOf(facts, around.directory ?? 'DIRECTORY') };
}

/** What was read, by the record's own entries; where they are lost the verdict still says how it stood. */
function measuresOf(entries: readonly RecordEntry[]): Pick<Report, 'measures'> {
  const read = Object.fromEntries(ofType(entries, 'measures').map(({ body }) => [body.moment, body.readings]));
  const told = ofType(entries, 'verdict').at(-1)?.body.status.measures ?? [];
  const found = measureStatuses(read);
  const measures = told.length === 0 ? found : told.map((one) => ({ ...one, ...known(found, one.name) }));
  return measures.length === 0 ? {} : { measures };
}

/** What the run itself found comes before how it is now. */
function readinessOf(entries: readonly RecordEntry[], now: Scorecard | undefined): Pick<Report, 'readiness'> {
  const card = ofType(entries, 'readiness').at(-1)?.body.card ?? now;
  return card === undefined ? {} : { readiness: card };
}

function driftOf(entries: readonly RecordEntry[]): Pick<Report, 'drift'> {
  const drift = ofType(entries, 'drift').at(-1)?.body.steps;
  return drift === undefined ? {} : { drift };
}

function auditsIn(evidence: Report['evidence']): Pick<Report, 'audits'> {
  const audits = auditsOf(evidence);
  return audits.length === 0 ? {} : { audits };
}

function known(found: readonly MeasureStatus[], name: string): Partial<MeasureStatus> {
  const { before = null, after = null } = found.find((one) => one.name === name) ?? {};
  return { ...(before === null ? {} : { before }), ...(after === null ? {} : { after }) };
}

function nothing(): never {
  throw new WindlassFailure('NotFound', 'There is nothing recorded to report on.', {
    next: 'Check the names of rollout, environment and run.',
  });
}

/** A run that is a drill, a witness for one, or a look, has that one's verdict. */
function stateOfDrill(entries: readonly RecordEntry[]): Report['state'] {
  if (ofType(entries, 'readiness').length > 0 || ofType(entries, 'drift').length > 0) return 'done';
  const witness = ofType(entries, 'witness').at(-1);
  if (witness) return witness.body.failure === null ? 'done' : 'failed';
  switch (ofType(entries, 'drill').at(-1)?.body.verdict.verdict) {
    case 'proven':
      return 'done';
    case 'refuted':
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
    case undefined:
      return 'unknown';
  }
}

function decisionOf({ time, body: { decision, denial, verified = false } }: EntryOf<'decision'>): DecisionReport {
  const { verdict, by, comment, changeDigest } = decision;
  const gate = stepPath(decision.phase, decision.step);
  const waives = decision.waives ?? null;
  return { time, gate, verdict, by, comment, waives, signed: verified, changeDigest, denial };
}

function commandOf({ time, scope, body }: EntryOf<'command'>): CommandReport {
  const { action, by, comment, denial, verified } = body;
  return {
    time,
    action,
    step: stepOf(scope),
    by,
    comment,
    denial,
    ...(verified === undefined ? {} : { signed: verified }),
  };
}
