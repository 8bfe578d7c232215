import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { DriftCounts } from '../domain/drift.ts';
import type { Freshness } from '../domain/drill/freshness.ts';
import type { DrillMode, DrillVerdict } from '../domain/drill/verdict.ts';
import type { StandingWarrant } from '../domain/drill/warrant.ts';
import type { Action } from '../domain/operating.ts';
import type { FailureSummary } from '../domain/failure.ts';
import type { Decision, DecisionAnswer } from '../domain/gate.ts';
import type { LockMemory, Request as LockRequest } from '../domain/lock.ts';
import type { Standing } from '../domain/readiness/levels.ts';
import type { Score, Scorecard } from '../domain/readiness/scorecard.ts';
import type { PhaseStatus, RolloutStatus, StepStatus } from '../domain/status.ts';
import type { Pausing } from '../domain/pausing.ts';
import type { MeasureStatus } from '../domain/measured.ts';
import type { PhaseShape, RolloutShape } from '../domain/shape.ts';

/** Names under which workflows are registered: part of histories, so never changed. */
export const WORKFLOWS = {
  rollout: 'rollout',
  phase: 'phase',
  targetLock: 'targetLock',
  lockHeal: 'lockHeal',
  drill: 'drill',
  readiness: 'readiness',
  drift: 'drift',
  freeze: 'freeze',
} as const;

/** Which run of which rollout something belongs to. */
export interface RunScope {
  readonly environment: string;
  readonly rollout: string;
  /** Run id of the workflow: of a rollout (the first where it has continued as new), a drill, or a look at the readiness. */
  readonly run: string;
  /** Bundle digest. */
  readonly bundle: string;
}

/** What a start has beside its subject when it is signed: it counts once, and for a time. */
export interface Once {
  /** Made up for this start; the record keeps which run it has begun. */
  readonly nonce?: string;
  /** ISO 8601 in UTC. */
  readonly validUntil?: string;
  /** When it was signed, as `validUntil`; absent from clients of before they said so. */
  readonly signedAt?: string;
}

/** Argument of the `rollout` workflow: who starts what. Signed like a decision, so that self-approval can be refused. */
export interface RolloutInput extends Once {
  readonly environment: string;
  readonly rollout: string;
  readonly bundle: string;
  readonly startedBy: string;
  /** Base64 Ed25519 over `signedText`; empty where the environment lets it be. */
  readonly signature: string;
}

/** A phase that goes on while its rollout continues as a new run. */
export interface OpenPhase {
  readonly name: string;
  /** First run of its workflow. */
  readonly run: string;
  /** How many signals came in its name, how many it had sent by its latest answer, and whether more came than it sent. */
  readonly heard: number;
  readonly sent: number;
  readonly doubted: boolean;
}

/** A step that has not begun is carried over without all that it has not. */
type CarriedStep = StepStatus | Pick<StepStatus, 'name' | 'kind'>;

/**
 * What one run of the `rollout` workflow hands to the next, which goes on with it: all that it knows. Only a run that continues
 * another takes it.
 */
export interface RolloutMemory {
  /** The runs before, the first one first: phases were begun by any of them. */
  readonly runs: readonly string[];
  /** Whether the bundle was opened; nothing else was done before that. */
  readonly opened: boolean;
  readonly groups: RolloutShape['groups'];
  readonly selfApproval: boolean;
  readonly measures: readonly MeasureStatus[];
  readonly phases: readonly (Omit<PhaseStatus, 'steps'> & { readonly steps: readonly CarriedStep[] })[];
  readonly open: readonly OpenPhase[];
  readonly failure: FailureSummary | null;
  /** Openings of gates that somebody has decided. */
  readonly decided: readonly string[];
  readonly dropped: number;
  readonly denials: number;
  readonly forged: Readonly<Record<string, number>>;
  /** Decisions and commands by signal that were not judged yet. */
  readonly held: readonly (Decision | Command)[];
  /** Absent for a run that was never paused. */
  readonly pauses?: Pausing;
  /** What has paused it, and since when; absent while it is not paused. */
  readonly paused?: { readonly command: Command; readonly since: string };
}

/** Result of the `rollout` workflow; an aborted or failed rollout fails the workflow instead. */
export interface RolloutResult {
  readonly status: RolloutStatus;
  /** True when no step had anything to change. */
  readonly unchanged: boolean;
}

/** Argument of the `phase` workflow. `steps` and `told` are the state carried over a continue-as-new. */
export interface PhaseInput {
  readonly scope: RunScope;
  readonly phase: PhaseShape;
  readonly steps: PhaseStatus['steps'] | null;
  /** How many times the phase has told the rollout of changes. */
  readonly told?: number;
  /** Which pauses there were until it began; absent for none. */
  readonly pauses?: Pausing;
}

/** Argument of the `drill` workflow: a step of kind `velero.drill`, drilled apart from its rollout. */
export interface DrillInput extends Once {
  readonly environment: string;
  readonly rollout: string;
  readonly bundle: string;
  readonly phase: string;
  readonly step: string;
  readonly mode: DrillMode;
  readonly startedBy: string;
  /** As of a rollout's start; that of a schedule is made once, when the schedule is, and stands for its firings. */
  readonly signature: string;
  /** Of a schedule, in place of a nonce. */
  readonly standing?: StandingWarrant;
}

/** Argument of the `readiness` workflow: a look at how ready a rollout is, apart from its runs. */
export interface ReadinessInput extends Once {
  readonly environment: string;
  readonly rollout: string;
  readonly bundle: string;
  readonly mode: 'readiness';
  readonly startedBy: string;
  /** As of a drill. */
  readonly signature: string;
  /** Of a schedule, in place of a nonce. */
  readonly standing?: StandingWarrant;
  /** What whoever starts it says to a manual check; absent where they say nothing. */
  readonly attests?: Attests;
}

/** Argument of the `drift` workflow: a look whether what a rollout has made is as declared, apart from its runs. */
export interface DriftInput extends Once {
  readonly environment: string;
  readonly rollout: string;
  readonly bundle: string;
  readonly mode: 'drift';
  readonly startedBy: string;
  /** As of a drill. */
  readonly signature: string;
  /** Of a schedule, in place of a nonce. */
  readonly standing?: StandingWarrant;
}

/** Result of the `drift` workflow; what has drifted is in the record. */
export interface DriftOutcome {
  readonly environment: string;
  readonly rollout: string;
  readonly bundle: string;
  readonly run: string;
  readonly counts: DriftCounts;
  /** What it comes to, in a sentence. */
  readonly summary: string;
  /** Whether the look before found the same. */
  readonly known: boolean;
}

/** What somebody says to a manual check. */
export interface Attests {
  /** AREA/CHECK */
  readonly check: string;
  /** As they were asked. */
  readonly question: string;
  readonly holds: boolean;
  readonly reason: string;
}

/** Result of the `readiness` workflow; the scorecard itself is in the record. */
export interface ReadinessOutcome {
  readonly environment: string;
  readonly rollout: string;
  readonly bundle: string;
  readonly run: string;
  readonly now: Score;
  /** By what is real alone. */
  readonly real: Standing;
  readonly simulated: Scorecard['simulated'];
  /** When it was looked at before; null where it never was. */
  readonly before: Standing | null;
  /** How it fell since then, in a sentence; null where it did not. */
  readonly fell: string | null;
}

/** How a run of the drill workflow stands, and its result. */
export interface DrillStatus {
  readonly environment: string;
  readonly rollout: string;
  readonly phase: string;
  readonly step: string;
  readonly mode: DrillMode;
  readonly bundle: string;
  readonly workflowId: string;
  readonly run: string;
  readonly startedBy: string;
  readonly state: 'opening' | 'waiting for its target' | 'acting' | 'closing' | 'ended';
  /** Null for a witness or a look at freshness, and until a drill has one. */
  readonly verdict: DrillVerdict | null;
  /** Why the run came to nothing. */
  readonly failure: FailureSummary | null;
  readonly cancelled: boolean;
  /** Looked at when the run ends; null before, and where it could not be told. */
  readonly freshness: Freshness | null;
}

/** Argument of the `lockHeal` workflow: whose lock is to be healed, and by whom. */
export interface HealInput extends Once {
  readonly environment: string;
  readonly rollout: string;
  /** How the target is reached, by the digest of the bundle that says so. */
  readonly bundle: string;
  readonly target: string;
  readonly startedBy: string;
  readonly comment: string;
  readonly signature: string;
}

/** Result of the `lockHeal` workflow. */
export interface HealResult {
  /** What was wrong, and is healed, in words; empty where nothing was. */
  readonly healed: readonly string[];
  /** What stands in the way of whoever waits, and was left, in words. */
  readonly left: readonly string[];
}

/** What an operator may ask of a parked step, or of the whole rollout (`cancel`, `adopt`, `pause`, `resume`: phase and step are empty). */
export interface Command {
  readonly action: Action;
  readonly run: string;
  /** What `adopt` stands for, by its digest; absent elsewhere. */
  readonly bundle?: string;
  readonly phase: string;
  readonly step: string;
  /** For which time that the step was parked (`parkings` of its status); absent where that does not say, and for `cancel`. */
  readonly parking?: number;
  /** Which pause of the run, counted from one, `pause` begins or `resume` ends; absent elsewhere. */
  readonly pausing?: number;
  readonly by: string;
  readonly comment: string;
  readonly signature: string;
}

export type CommandAnswer = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

/** The rollout as it stands. Works on running and on closed rollouts, while a worker is up. */
export const statusQuery = defineQuery<RolloutStatus>('status');

/** A phase by its own word. */
export interface PhaseAnswer {
  readonly status: PhaseStatus;
  /** How many times it has told the rollout of changes until now. */
  readonly told: number;
}

/** A phase as it stands, for its rollout, which cannot know who sends it a signal. */
export const phaseQuery = defineQuery<PhaseAnswer>('phase');

/** A drill as it stands, and as it ended. */
export const drillQuery = defineQuery<DrillStatus>('drill');

/**
 * A decision by Update: an update rather than a signal because the person who decides must be told at once whether the
 * decision stands.
 */
export const decideUpdate = defineUpdate<DecisionAnswer, [Decision]>('decide');
/** The same decision by Signal, for the Web UI and for when no worker is up; the answer is in the record and the details. */
export const decideSignal = defineSignal<[Decision]>('decide');

export const commandUpdate = defineUpdate<CommandAnswer, [Command]>('command');
export const commandSignal = defineSignal<[Command]>('command');

/** A phase as its rollout asks for it. */
export interface AskedPhase extends PhaseAnswer {
  /** Temporal's word for how its workflow has ended (`COMPLETED`, `TERMINATED`); absent while it goes on. */
  readonly ended?: string;
}

/** What a phase tells the rollout: how those of its steps stand that changed since it last did. */
export interface PhaseNews {
  readonly phase: string;
  readonly steps: readonly StepStatus[];
  /** Which run of the rollout is meant, by the first of its chain; absent in phases of before, which tell that one alone. */
  readonly run?: string;
}

export const phaseChangedSignal = defineSignal<[PhaseNews]>('phaseChanged');

/** Rollout to phase: a decision that passed the rollout's checks. */
export const decidedSignal = defineSignal<[Decision]>('decided');
/** Rollout to phase: a command for one of its parked steps. */
export const commandedSignal = defineSignal<[Command]>('commanded');

/** The lock's answer. */
export interface LockGrant {
  readonly id: string;
  readonly lock: string;
  readonly token: number;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** The lock as it stands; what was given back is not among what is held. */
export type LockState = LockMemory & {
  readonly lock: string;
  /** What somebody said is given back, before whose it was is asked: it may still be held. */
  readonly givenBack?: LockMemory['held'];
};

/** A request by the word of whoever made it. */
export type Wish = Pick<LockRequest, 'id' | 'owner' | 'leaseMs'> & { readonly lock: string };

export type { LockRequest };

/** A phase or a drill asks for a target. */
export const acquireSignal = defineSignal<[LockRequest]>('acquire');
/** It gives a target back, or asks no longer; the argument is the request's id. */
export const releaseSignal = defineSignal<[string]>('release');
/** The lock's answer to the asking workflow. */
export const grantedSignal = defineSignal<[LockGrant]>('granted');
export const lockQuery = defineQuery<LockState>('lock');
/** What a phase or drill asks of locks or holds by them, for the locks, which cannot know who sends them a signal. */
export const wishesQuery = defineQuery<readonly Wish[]>('wishes');

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** What rollouts can be found by in the Web UI and by `temporal workflow list --query`. */
export const SEARCH_ATTRIBUTES = {
  rollout: keyword('WindlassRollout'),
  environment: keyword('WindlassEnvironment'),
  phase: keyword('WindlassPhase'),
  state: keyword('WindlassState'),
  blockedOn: keyword('WindlassBlockedOn'),
  bundle: keyword('WindlassBundle'),
} as const;
