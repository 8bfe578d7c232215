import type { Change } from './change.ts';
import type { Finding, RecordedFinding } from './evidence.ts';
import type { Json } from './json.ts';
import type { Reference } from './reference.ts';

/** The files of a bundle, by their path inside the rollout directory (always with `/`). */
export interface BundleFiles {
  /** Paths of all files under a directory, or the path itself when it is a file; sorted. Empty when there is none. */
  list(path: string): readonly string[];
  /** @throws WindlassFailure `BundleMissing` or `BundleCorrupt`. */
  read(path: string): Promise<string>;
  /** SHA-256 in hex of the file's bytes. @throws WindlassFailure `BundleMissing`. */
  digest(path: string): string;
  /** The bytes of a file as they come, for files too large for a text. Throws as `read`, at the latest at its end. */
  stream(path: string): AsyncIterable<Buffer>;
}

/** Right to act on a target until a time: see ARCHITECTURE.md, "Fencing". */
export interface Fence {
  /** Grows with every grant of the target's lock; a target that has seen a higher one must refuse a lower one. */
  readonly token: number;
  /** Milliseconds since the epoch after which the holder must not act any more. */
  readonly deadline: number;
  /** Which lock granted it: `lock/<environment>/<target>`. */
  readonly lock: string;
}

/** What an engine may use besides its own connection. Nothing in it belongs to Temporal. */
export interface EngineContext {
  readonly files: BundleFiles;
  /** Aborts when the step is cancelled or its time is up; engines pass it to every request and wait. */
  readonly signal: AbortSignal;
  /** Tells how far the work is; cheap, may be called often. What was told last is `resume` for a retry. */
  progress(state: Json): void;
  /** The last progress of an earlier attempt of the same work. */
  readonly resume?: Json;
  /**
   * When this attempt of the work was asked for, in milliseconds since the epoch by a clock that all its attempts share: a later one
   * takes its place. Absent where there is one attempt.
   */
  readonly attempted?: number;
  /** Present for `apply`; absent for `plan` and `verify`, which touch nothing. */
  readonly fence?: Fence;
  /**
   * For `apply`: the digest of the destructive changes that the plan before it showed, and that were approved where there
   * was a gate. An engine that finds others refuses them, where it would overwrite what somebody did since. Absent in
   * rollouts that began before it was handed over.
   */
  readonly shown?: string;
  /**
   * Present where whoever holds the credentials asked for it: an engine may then carry out what the rollout brings, apart
   * from the target's data, to see what it does. Never present in a rollout, whose gates come before anything of it runs.
   */
  readonly rehearses?: true;
  /** For `plan`: present where whoever asks wants to know who set what differs (`Change.fields`), as far as the target knows. */
  readonly authors?: true;
  /**
   * What earlier attempts and runs found of this step with this bundle, oldest first: for engines whose target keeps nothing of
   * what they did. Absent where nobody keeps a record.
   */
  earlier?(): Promise<readonly RecordedFinding[]>;
  /** Turns a reference into its value. @throws WindlassFailure `ReferenceUnresolved` */
  resolve(reference: Reference): Promise<string>;
  /** Names the owner of what is written: field manager, ledger rows, labels. */
  readonly owner: {
    readonly rollout: string;
    readonly environment: string;
    readonly bundle: string;
    readonly run: string;
    readonly phase: string;
    readonly step: string;
  };
}

/** What `apply` did. */
export interface Applied {
  /** One entry per thing, `unchanged` included. */
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
}

/**
 * The four questions every step kind answers. `plan`, `verify` touch nothing; `apply` is idempotent, resumable and tells
 * its progress. All throw `WindlassFailure` for what is expected to go wrong.
 */
export interface StepEngine<Spec> {
  plan(spec: Spec, context: EngineContext): Promise<readonly Change[]>;
  apply(spec: Spec, context: EngineContext): Promise<Applied>;
  verify(spec: Spec, context: EngineContext): Promise<readonly Finding[]>;
  /** How the step can be undone, or a plain statement that it cannot. */
  undo(spec: Spec): string;
}
