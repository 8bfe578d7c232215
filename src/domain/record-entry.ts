import type { Action } from './operating.ts';
import type { Change, PlanSummary } from './change.ts';
import type { StepDrift } from './drift.ts';
import type { FailureSummary } from './failure.ts';
import type { RecordedFinding } from './evidence.ts';
import type { Proof, DrillVerdict } from './drill/verdict.ts';
import type { Decision } from './gate.ts';
import type { FreezeOrder } from './freeze-order.ts';
import type { MeasureReading, Moment } from './measured.ts';
import type { NewsEvent } from './notification.ts';
import type { Opening } from './opening.ts';
import type { Looks } from './readiness/look.ts';
import type { Scorecard } from './readiness/scorecard.ts';
import type { ReadinessShape } from './readiness/shape.ts';
import type { RunMode } from './run-mode.ts';
import type { RolloutStatus } from './status.ts';

/** Whose fact an entry of the record is. */
export interface RecordScope {
  readonly environment: string;
  readonly rollout: string;
  /** Run id of the rollout workflow, of the drill workflow, or of that of a look. */
  readonly run: string;
  readonly bundle: string;
  readonly phase: string | null;
  readonly step: string | null;
}

export type RecordBody =
  | {
      readonly type: 'start';
      readonly by: string;
      readonly signature: string;
      /** Whether the worker that recorded it found the signature to stand; absent in records of before it said so. */
      readonly verified?: boolean;
      /** Present where the worker's policy says that what is simulated earns points of the readiness. */
      readonly simulated?: 'counts';
      /** Present for runs that are none of the rollout workflow. */
      readonly mode?: RunMode;
      /** When it was signed, ISO 8601 in UTC; absent where it was not, or does not say. */
      readonly signedAt?: string;
      /** The manual check that something is said to. */
      readonly attests?: string;
      /** Why nothing came of it; absent for one that was let begin. */
      readonly denial?: string;
      /** Present where the openings of gates are on record too; absent in records of before they were. */
      readonly gates?: 'recorded';
    }
  | { readonly type: 'plan'; readonly summary: PlanSummary; readonly changes: readonly Change[] }
  /** That the gate of a step opens: what is decided is decided over this, whoever shows it. */
  | ({ readonly type: 'gate' } & Opening)
  | {
      readonly type: 'decision';
      readonly decision: Decision;
      readonly denial: string | null;
      /** As of a start: written by the worker, whatever the workflow says. */
      readonly verified?: boolean;
    }
  | {
      readonly type: 'command';
      readonly action: Action;
      readonly by: string;
      readonly comment: string;
      readonly denial: string | null;
      /** Base64, as it was sent; absent in records of before it was kept. */
      readonly signature?: string;
      /** As in the command: what was signed can be checked again. */
      readonly parking?: number;
      readonly pausing?: number;
      readonly verified?: boolean;
    }
  | {
      readonly type: 'applied';
      readonly summary: PlanSummary;
      readonly changes: readonly Change[];
      readonly durationMs: number;
    }
  | {
      readonly type: 'evidence';
      readonly findings: readonly RecordedFinding[];
      /** What the step did when it found them; absent in records of before. */
      readonly act?: 'apply' | 'verify' | 'drill' | 'witness';
    }
  | { readonly type: 'measures'; readonly moment: Moment; readonly readings: readonly MeasureReading[] }
  /** What an assessment of the readiness saw. */
  | ({ readonly type: 'looks' } & Looks)
  | {
      /** What it came to, by the record until then. */
      readonly type: 'readiness';
      readonly shape: ReadinessShape;
      /** Digests of the bundles whose evidence counted. */
      readonly bundles: readonly string[];
      readonly card: Scorecard;
    }
  /** What a look for drift found, apart from the runs of a rollout. */
  | { readonly type: 'drift'; readonly steps: readonly StepDrift[] }
  | { readonly type: 'parked'; readonly failure: FailureSummary }
  | { readonly type: 'verdict'; readonly status: RolloutStatus }
  /** How a drill ended, be it one of its own or a step of a rollout. */
  | { readonly type: 'drill'; readonly verdict: DrillVerdict }
  /** That what a scheduled backup must hold was planted and written down, or why not. */
  | { readonly type: 'witness'; readonly failure: FailureSummary | null }
  /** That the newest proof of a drill was first seen to be older than its limit. */
  | { readonly type: 'stale'; readonly newest: Proof | null; readonly limit: string }
  /** That somebody had the lock of a target healed: what was wrong with it, and with what its target remembers. */
  | {
      readonly type: 'heal';
      readonly target: string;
      readonly by: string;
      readonly comment: string;
      readonly signature: string;
      readonly verified: boolean;
      /** Why nothing was done. */
      readonly denial: string | null;
      /** What was found and is to be healed, then, in a second entry, what was healed. */
      readonly faults: readonly string[];
      readonly done: boolean;
    }
  /** That somebody froze the environment, or ended freezes of it; kept by months (`freezeShelf`), apart from rollouts. */
  | {
      readonly type: 'freeze';
      readonly order: FreezeOrder;
      readonly verified: boolean;
      /** Why nothing came of it. */
      readonly denial: string | null;
    }
  /** What became of telling a webhook, named by its place in the environment. */
  | {
      readonly type: 'notification';
      readonly event: NewsEvent;
      readonly webhook: number;
      readonly failure: FailureSummary | null;
    };

/** One entry of the append-only record. */
export interface RecordEntry {
  /** The same in every attempt of the activity that appends the entry, so that a retried append writes it once. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly scope: RecordScope;
  readonly body: RecordBody;
  /** By the worker whose activity saw or verified what it says; absent in records of before, and of workers without a key. */
  readonly seal?: EntrySeal;
}

/** Ed25519 over the digest of an entry, its environment and its run. */
export interface EntrySeal {
  /** Public key of the worker, base64 SPKI. */
  readonly key: string;
  /** Base64. */
  readonly signature: string;
}
