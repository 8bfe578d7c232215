import type { Change, PlanSummary } from './change.ts';
import type { FailureSummary } from './failure.ts';
import type { Finding } from './evidence.ts';
import type { Decision } from './gate.ts';
import type { RolloutStatus } from './status.ts';

/** Whose fact an entry of the record is. */
export interface RecordScope {
  readonly environment: string;
  readonly rollout: string;
  /** Run id of the rollout workflow. */
  readonly run: string;
  readonly bundle: string;
  readonly phase: string | null;
  readonly step: string | null;
}

export type RecordBody =
  | { readonly type: 'start'; readonly by: string; readonly signature: string }
  | { readonly type: 'plan'; readonly summary: PlanSummary; readonly changes: readonly Change[] }
  | { readonly type: 'decision'; readonly decision: Decision; readonly denial: string | null }
  | {
      readonly type: 'command';
      readonly action: 'retry' | 'abort' | 'cancel';
      readonly by: string;
      readonly comment: string;
      readonly denial: string | null;
    }
  | {
      readonly type: 'applied';
      readonly summary: PlanSummary;
      readonly changes: readonly Change[];
      readonly durationMs: number;
    }
  | { readonly type: 'evidence'; readonly findings: readonly Finding[] }
  | { readonly type: 'parked'; readonly failure: FailureSummary }
  | { readonly type: 'verdict'; readonly status: RolloutStatus };

/** One entry of the append-only record. */
export interface RecordEntry {
  /** Made from what the entry says, not from when it was tried: a retried append writes the same entry once. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly scope: RecordScope;
  readonly body: RecordBody;
}
