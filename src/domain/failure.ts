import type { Json } from './json.ts';
import type { Prerequisite } from './prerequisite.ts';

/**
 * Every way in which work can fail, with whether a retry can help. This is also the allow-list of what may reach
 * a workflow history: a failure that is none of these is replaced by `Internal` and its text stays in the worker's log,
 * because client libraries put bodies and headers, hence secrets, into their messages.
 */
export const FAILURES = {
  InvalidRollout: { retryable: false },
  LimitExceeded: { retryable: false },
  BundleCorrupt: { retryable: false },
  BundleMissing: { retryable: false },
  RecordCorrupt: { retryable: false },
  StoreConflict: { retryable: false },
  ReferenceUnresolved: { retryable: false },
  TargetUnreachable: { retryable: true },
  TargetBusy: { retryable: true },
  AccessDenied: { retryable: false },
  Throttled: { retryable: true },
  ServerError: { retryable: true },
  InvalidManifest: { retryable: false },
  UnknownKind: { retryable: false },
  OwnershipConflict: { retryable: false },
  AdmissionDenied: { retryable: false },
  Stalled: { retryable: false },
  NotReadyInTime: { retryable: false },
  SqlFailed: { retryable: false },
  LedgerMismatch: { retryable: false },
  ArtifactRefused: { retryable: false },
  ExpectationFailed: { retryable: false },
  BucketRefused: { retryable: false },
  PruneRefused: { retryable: false },
  LocationUnavailable: { retryable: false },
  BackupFailed: { retryable: false },
  BackupUnproven: { retryable: false },
  RestoreFailed: { retryable: false },
  ToolMissing: { retryable: false },
  ProbeFailed: { retryable: false },
  FenceLost: { retryable: false },
  GateRejected: { retryable: false },
  GateExpired: { retryable: false },
  Aborted: { retryable: false },
  AlreadyRunning: { retryable: false },
  WrongUsage: { retryable: false },
  NotFound: { retryable: false },
  DecisionDenied: { retryable: false },
  Unauthorised: { retryable: false },
  LabFailed: { retryable: false },
  Interrupted: { retryable: true },
  Internal: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;

export type FailureType = keyof typeof FAILURES;

/** What is known of a failure, as plain JSON: the form that histories, the record and the CLI show. Never holds a secret. */
export interface FailureSummary {
  readonly type: FailureType;
  /** What happened, in one sentence, without the text of any response body or header. */
  readonly message: string;
  /** What it is about: `StatefulSet data/zookeeper`, `database lakefs`, `rollout.yaml:12:7`. */
  readonly object?: string;
  /** What the operator can do next. */
  readonly next: string;
  readonly retryable: boolean;
  /** Facts worth keeping beside the message (field names, HTTP status, SQLSTATE), free of secrets. */
  readonly facts?: { readonly [key: string]: Json };
}

export interface FailureOptions {
  readonly object?: string;
  readonly next: string;
  /** Overrides the type's own answer, for the rare fact that makes an instance final. */
  readonly retryable?: boolean;
  readonly facts?: { readonly [key: string]: Json };
  /** What an earlier step of the rollout may yet make, where that is all that is wrong: for plans; never serialised. */
  readonly missing?: readonly Prerequisite[];
  /** Kept for the worker's log; never serialised. */
  readonly cause?: unknown;
}

/** The only error that engines throw on purpose. */
export class WindlassFailure extends Error {
  override readonly name = 'WindlassFailure';
  readonly type: FailureType;
  readonly options: FailureOptions;

  constructor(type: FailureType, message: string, options: FailureOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.type = type;
    this.options = options;
  }

  /** The serialisable half: everything but the cause. */
  summary(): FailureSummary {
    const { object, next, retryable, facts } = this.options;
    return {
      type: this.type,
      message: this.message,
      next,
      retryable: retryable ?? FAILURES[this.type].retryable,
      ...(object === undefined ? {} : { object }),
      ...(facts === undefined ? {} : { facts }),
    };
  }
}

/** A failure in one line for tables and logs. */
export function failureLine(failure: FailureSummary): string {
  return `${failure.type}${failure.object === undefined ? '' : ` (${failure.object})`}: ${failure.message} Next: ${failure.next}`;
}
