import type { PlanSummary } from '../domain/change.ts';
import type { Freshness } from '../domain/drill/freshness.ts';
import type { DrillVerdict } from '../domain/drill/verdict.ts';
import type { Decision, OpenGate } from '../domain/gate.ts';
import type { FreezeOrder } from '../domain/freeze-order.ts';
import type { Measured, MeasureName, Moment } from '../domain/measured.ts';
import type { News, NewsEvent } from '../domain/notification.ts';
import type { Lacks, Opening } from '../domain/opening.ts';
import type { StepLook } from '../domain/readiness/look.ts';
import type { Fence } from '../domain/step-engine.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import type { RolloutShape, StepShape } from '../domain/shape.ts';
import type {
  AskedPhase,
  Command,
  DriftInput,
  DriftOutcome,
  DrillInput,
  HealInput,
  HealResult,
  LockRequest,
  ReadinessInput,
  ReadinessOutcome,
  RolloutInput,
  RunScope,
} from './messages.ts';

/** Which step of which run an activity works for. */
export interface StepRef {
  readonly scope: RunScope;
  readonly phase: string;
  readonly step: string;
}

/** What `applyStep` reports to the workflow; the changes themselves are in the record. */
interface AppliedSummary {
  readonly changes: PlanSummary;
  readonly durationMs: number;
}

/** What the drill workflow knows of its bundle. */
export interface DrillShape {
  readonly step: StepShape;
  /** Of each webhook of the environment, which events it is told of. */
  readonly notifications: readonly (readonly NewsEvent[])[];
}

/** What the workflow knows that looks at the readiness. */
export interface AssessmentShape {
  /** Steps that checks ask for, each once. */
  readonly steps: readonly { readonly phase: string; readonly step: StepShape }[];
  /** As of a drill. */
  readonly notifications: DrillShape['notifications'];
}

/** What workflows may call. All input and output is small plain JSON. */
export interface WindlassActivities {
  /** Checks bundle and start signature, records the start, and returns the skeleton to walk over. */
  openRollout(input: RolloutInput, run: string): Promise<RolloutShape>;
  /** The skeleton once more, by the policy of now, for a run that continues one which has opened its bundle. */
  reopenRollout(scope: RunScope): Promise<RolloutShape>;
  /** Reads and records what the rollout measures; what cannot be read is unknown, and fails nothing. */
  readMeasures(scope: RunScope, moment: Moment): Promise<readonly (MeasureName & Measured)[]>;
  planStep(ref: StepRef): Promise<PlanSummary>;
  /** @param shown digest of the destructive changes of the last plan; absent in workflows that began before it was handed over. */
  applyStep(ref: StepRef, fence: Fence | null, shown?: string): Promise<AppliedSummary>;
  /** Number of findings; throws `ExpectationFailed` when one does not hold. */
  verifyStep(ref: StepRef): Promise<number>;
  /**
   * Ends when somebody did by hand what a gate guards: nothing is left to do, or something else than the gate shows.
   *
   * @param shown the change digest that the gate shows; absent in workflows that began before it was handed over.
   */
  awaitDoneByHand(ref: StepRef, shown?: string): Promise<void>;
  /** What the rollout's interlock misses before data may be destroyed, in words; null when nothing. */
  missingProof(ref: StepRef): Promise<string | null>;
  /** Ends when the interlock misses nothing any more. */
  awaitProof(ref: StepRef): Promise<void>;
  /** What the readiness misses that the step's gate demands, in words; null when nothing. */
  missingReadiness(ref: StepRef): Promise<string | null>;
  /**
   * Puts on record that the gate of a step opens, over which changes and without what: what is decided is over that.
   *
   * @param shown `changeDigest` of the plan that the gate shows, null for a bare approval; how often the gate has opened `before`, by the
   *   word of the workflow.
   * @returns the opening, and what it does without by its parts; workers of before do not tell these.
   */
  openGate(
    ref: StepRef,
    shown: { readonly changeDigest: string | null; readonly before: number },
  ): Promise<Opening & { readonly lacks?: Lacks }>;
  /** Ends when the readiness is what the step's gate demands. */
  awaitReadiness(ref: StepRef): Promise<void>;
  /** Checks bundle, step and start signature of a drill, and records the start. */
  openDrill(input: DrillInput, run: string): Promise<DrillShape>;
  /** Carries a drill out; a backup that the restore refutes is a verdict, no failure. */
  drillStep(ref: StepRef, fence: Fence | null): Promise<DrillVerdict>;
  /** Plants and records what the next backup of a schedule must hold. Number of findings. */
  witnessStep(ref: StepRef, fence: Fence | null): Promise<number>;
  /** Whether the newest proof of a drill is young enough. */
  judgeFreshness(ref: StepRef): Promise<Freshness>;
  /** Tells one webhook of the environment, by its place there. */
  notify(bundle: string, webhook: number, news: News): Promise<void>;
  /** Checks bundle and start signature of an assessment of the readiness, and records the start. */
  openReadiness(input: ReadinessInput, run: string): Promise<AssessmentShape>;
  /**
   * Asks what checks of their own ask, reads measures, and records what was seen and what it comes to by the whole record.
   *
   * @param steps those that could not be verified.
   */
  assessReadiness(scope: RunScope, steps: readonly StepLook[]): Promise<ReadinessOutcome>;
  /** Checks bundle and start signature of a look for drift, and records the start. */
  openDrift(input: DriftInput, run: string): Promise<Pick<DrillShape, 'notifications'>>;
  /** Plans what the steps of the bundle have made, verifies what would not change, and records what is otherwise than declared. */
  findDrift(scope: RunScope): Promise<DriftOutcome>;
  /** Judges by the worker's policy who asks, heals the lock of a target and what the target remembers, and records both. */
  healLock(input: HealInput, run: string): Promise<HealResult>;
  /** Judges by the worker's policy who freezes an environment, or ends a freeze, and puts it on record, where each worker looks. */
  orderFreeze(order: FreezeOrder, run: string): Promise<void>;
  /** Signals the target's lock, starting its workflow when there is none. */
  requestLock(environment: string, target: string, request: LockRequest): Promise<void>;
  /**
   * Which of these requests for a target are none: whoever is said to have made one is no open phase or drill of ours, or wants
   * nothing like it by its own word. Their ids.
   */
  unwantedRequests(lock: string, requests: readonly LockRequest[]): Promise<readonly string[]>;
  /** Asks Temporal to cancel the workflow run whose activity this is, after it has judged a command. */
  cancelRun(): Promise<void>;
  /** Whether that workflow run is still open. */
  isOpen(workflowId: string, runId: string): Promise<boolean>;
  /**
   * How a phase of the run stands, by its own word; null where it cannot say: there is none, or it is of another run.
   *
   * @param first the first run of its workflow; absent where the rollout does not know it.
   */
  askPhase(scope: RunScope, phase: string, first?: string): Promise<AskedPhase | null>;
  /** Ends when a phase has ended that a run before has begun: Temporal tells only the run that did. */
  awaitPhase(scope: RunScope, phase: string, first: string): Promise<void>;
  /** Why the signature of a decision or command cannot stand, or null. */
  judgeSignature(bundle: string, signed: Decision | Command): Promise<string | null>;
  /**
   * Why a decision cannot stand that a phase was handed for its gate, or null: anybody can send a phase a signal. A denial is
   * recorded, unless there have been too many.
   */
  confirmDecision(ref: StepRef, gate: OpenGate, decision: Decision, denials?: 'unrecorded'): Promise<string | null>;
  /** Appends to the record; `key` makes a retried append write once. */
  appendRecord(
    scope: RunScope,
    phase: string | null,
    step: string | null,
    key: string,
    body: RecordBody,
  ): Promise<void>;
}
