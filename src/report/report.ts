import type { Severity } from '../domain/audit.ts';
import type { Change, PlanSummary } from '../domain/change.ts';
import type { EvidenceHow, RecordedFinding, Words } from '../domain/evidence.ts';
import type { DrillHistory } from '../domain/drill/histories.ts';
import type { RecordedDrill } from '../domain/drill/history.ts';
import type { FailureSummary } from '../domain/failure.ts';
import type { Decision, OpenGate } from '../domain/gate.ts';
import type { Action } from '../domain/operating.ts';
import type { MeasureStatus } from '../domain/measured.ts';
import type { Scorecard } from '../domain/readiness/scorecard.ts';
import type { StepDrift } from '../domain/drift.ts';
import type { RunMode } from '../domain/run-mode.ts';
import type { DamagedEntry } from '../domain/damage.ts';
import type { RolloutState } from '../domain/status.ts';

/** What one run of a rollout did, from the record alone. Plain JSON; times are ISO 8601 in UTC, durations milliseconds. */
export interface Report {
  /** The verdict, in one sentence. */
  readonly verdict: string;
  /** `unknown` when no verdict was recorded: the run goes on, or its worker was lost for good. */
  readonly state: RolloutState | 'unknown';
  readonly environment: string;
  readonly rollout: string;
  readonly run: string;
  /** What the run was for when it was none of the rollout; null for one of the rollout. */
  readonly drill: RunMode | null;
  /** Bundle digest; null when no entry reads. */
  readonly bundle: string | null;
  readonly startedBy: string | null;
  /** Whether the start was signed, and the signature stood; null when what was recorded of it does not read. */
  readonly signed: boolean | null;
  /** Time of the first entry that reads; null when none does. */
  readonly startedAt: string | null;
  /** Time of the verdict, or of the last entry while there is none; null when no entry reads. */
  readonly endedAt: string | null;
  /** When the run was asked how it stands; absent for one that has ended, or was not asked. */
  readonly asOf?: string;
  readonly durationMs: number;
  readonly phases: readonly PhaseReport[];
  /** Decisions over gates, denied ones too, in the order of time. */
  readonly decisions: readonly DecisionReport[];
  /** What operators asked for besides: retries, aborts, cancellations. */
  readonly commands: readonly CommandReport[];
  readonly failures: readonly FailureReport[];
  /** What the run measured; absent where nothing. */
  readonly measures?: readonly MeasureStatus[];
  /** How ready the platform is, or was found by the run; absent where nobody asked. */
  readonly readiness?: Scorecard;
  /** What a look for drift found; absent in other runs. */
  readonly drift?: readonly StepDrift[];
  /** Every drill of the rollout, of whatever run; absent where none is known. */
  readonly drillHistories?: readonly DrillHistory[];
  /** What is left to do, what is most urgent first. */
  readonly left: readonly LeftReport[];
  /** What audits found; absent where none was carried out. */
  readonly audits?: readonly AuditReport[];
  /** Verdicts of drills: of those that are steps of the run, or of the run itself. */
  readonly drills: readonly RecordedDrill[];
  readonly evidence: readonly EvidenceReport[];
  /** How the evidence was had. */
  readonly provenance: Provenance;
  /** Entries of the run that do not read: the report knows nothing of what they said. Absent where all read. */
  readonly damaged?: readonly DamagedReport[];
}

interface DamagedReport extends DamagedEntry {
  /** What nobody can tell for sure without it. */
  readonly uncertain: string;
}

export interface PhaseReport {
  readonly name: string;
  /** State of the phase in the verdict; `unknown` without one. */
  readonly state: string;
  readonly steps: readonly StepReport[];
}

export interface StepReport {
  readonly name: string;
  /** Step kind; null when no verdict names it. */
  readonly kind: string | null;
  readonly state: string;
  /** The last plan; null when the step was never planned. */
  readonly planned: PlanSummary | null;
  /** What all attempts together changed; null when the step never acted. */
  readonly changed: Changed | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** How its time was spent, in the order of time. */
  readonly spans: readonly Span[];
  /** The gate that it waits at; absent where it waits at none, or nobody could be asked. */
  readonly gate?: OpenGate;
}

/** A time that a step spent on one thing. */
export interface Span {
  /** `wait`: for its target, or for another attempt; `gate` and `parked`: for a person. */
  readonly what: 'plan' | 'gate' | 'wait' | 'act' | 'verify' | 'parked';
  readonly from: string;
  /** Null while it goes on. */
  readonly to: string | null;
}

export interface Changed {
  readonly counts: PlanSummary['counts'];
  /** All of them but what was found unchanged. */
  readonly changes: readonly Change[];
  /** The first changes, one line each. */
  readonly lines: readonly string[];
  /** How many changes are not in `lines`. */
  readonly more: number;
  /** Time spent acting, all attempts together. */
  readonly durationMs: number;
}

/** Something that is left to do. */
export interface LeftReport {
  readonly kind: 'gate' | 'parked' | 'skipped' | 'run' | 'claim' | 'drill' | 'audit' | 'readiness' | 'lapsing';
  /** What it is about: a step, a check of the readiness. */
  readonly what: string;
  /** The rest of a sentence about it. */
  readonly why: string;
  /** What to do, in words; null where there is no more to say than the command. */
  readonly next: string | null;
  /** The commands that go on, the likeliest first. */
  readonly commands: readonly string[];
}

export interface DecisionReport {
  readonly time: string;
  readonly gate: string;
  readonly verdict: Decision['verdict'];
  readonly by: string;
  readonly comment: string;
  /** What the decision waived, such as a proven backup; null where nothing. */
  readonly waives: string | null;
  /** Whether the worker found its signature to stand; false in records of before it said so. */
  readonly signed: boolean;
  /** The change digest that the person was shown. */
  readonly changeDigest: string;
  /** Why the decision did not stand; null when it did. */
  readonly denial: string | null;
}

export interface CommandReport {
  readonly time: string;
  readonly action: Action;
  /** Phase and step, or null for the whole rollout. */
  readonly step: string | null;
  readonly by: string;
  readonly comment: string;
  readonly denial: string | null;
  /** Whether the worker found its signature to stand; absent in records of before it said so. */
  readonly signed?: boolean;
}

export interface FailureReport {
  readonly time: string;
  /** Phase and step, or null for the whole rollout. */
  readonly step: string | null;
  readonly failure: FailureSummary;
}

/** What one audit found. */
export interface AuditReport {
  /** Phase and step. */
  readonly step: string | null;
  /** What was audited. */
  readonly of: string;
  /** How many checks it has, and how many objects it looked at; null where that is not on record. */
  readonly checks: number | null;
  readonly objects: number | null;
  /** The checks that found something, the worst first; those whose faults are all exempt come last. */
  readonly faults: readonly AuditFault[];
  readonly exemptions: readonly AuditExemption[];
  /** What could not be looked at, by which check, and why. */
  readonly unseen: readonly { readonly check: string; readonly where: string; readonly why: string }[];
}

export interface AuditFault {
  readonly check: string;
  /** What would hold if nothing were found. */
  readonly claim: string;
  readonly severity: Severity;
  /** How many faults nobody answers for, and how many an exemption is for. */
  readonly open: number;
  readonly exempt: number;
  /** The first of the open ones. */
  readonly where: readonly { readonly where: string; readonly what: string }[];
  readonly mend: string;
  /** The public checks that say the same. */
  readonly stands: readonly string[];
}

interface AuditExemption {
  readonly subject: string;
  readonly checks: readonly string[];
  readonly owner: string;
  readonly reason: string;
  /** ISO 8601 in UTC. */
  readonly until: string;
  /** How many faults it is for. */
  readonly matched: number;
  /** Whether it may match nothing; absent where it may not. */
  readonly optional?: boolean;
  readonly lapsed: boolean;
}

/** A finding by its fields and in words, and the step that found it. */
export type EvidenceReport = RecordedFinding & Words & { readonly step: string | null };

export interface Provenance {
  readonly counts: Readonly<Record<EvidenceHow, number>>;
  readonly broken: number;
  /** What the counts mean, in sentences for people. */
  readonly sentences: readonly string[];
}
