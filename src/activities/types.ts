import type { PlanSummary } from '../domain/change.ts';
import type { Decision } from '../domain/gate.ts';
import type { Fence } from '../domain/engine.ts';
import type { RecordBody } from '../domain/record-entry.ts';
import type { RolloutShape } from '../domain/shape.ts';
import type { Command, LockRequest, RolloutInput, RunScope } from '../workflows/messages.ts';

/** Which step of which run an activity works for. */
export interface StepRef {
  readonly scope: RunScope;
  readonly phase: string;
  readonly step: string;
}

/** What `applyStep` reports to the workflow; the changes themselves are in the record. */
export interface AppliedSummary {
  readonly changes: PlanSummary;
  readonly durationMs: number;
}

/** What workflows may call. All input and output is small plain JSON. */
export interface WindlassActivities {
  /** Checks bundle and start signature, records the start, and returns the skeleton to walk over. */
  openRollout(input: RolloutInput, run: string): Promise<RolloutShape>;
  planStep(ref: StepRef): Promise<PlanSummary>;
  applyStep(ref: StepRef, fence: Fence | null): Promise<AppliedSummary>;
  /** Number of findings; throws `ExpectationFailed` when one does not hold. */
  verifyStep(ref: StepRef): Promise<number>;
  /** Ends when the step has nothing left to do because somebody did it by hand. */
  awaitDoneByHand(ref: StepRef): Promise<void>;
  /** Signals the target's lock, starting its workflow when there is none. */
  requestLock(environment: string, target: string, request: LockRequest): Promise<void>;
  /** Whether that workflow run is still open. */
  isOpen(workflowId: string, runId: string): Promise<boolean>;
  /** Why the signature of a decision or command cannot stand, or null. */
  judgeSignature(bundle: string, signed: Decision | Command): Promise<string | null>;
  /** Appends to the record; `key` makes a retried append write once. */
  appendRecord(
    scope: RunScope,
    phase: string | null,
    step: string | null,
    key: string,
    body: RecordBody,
  ): Promise<void>;
}
