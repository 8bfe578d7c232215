import type { DecisionPolicy, TargetBinding } from './environment.ts';
import type { Interlock } from './interlock.ts';
import type { Measure } from './measure.ts';
import type { Notification } from './notification.ts';
import type { Readiness } from './readiness/file.ts';
import type { ToldOfCluster } from './rendering.ts';
import type { ParameterValue, Phase } from './rollout.ts';
import type { Step } from './step.ts';

/**
 * A rollout resolved for one environment: parameters filled in, every file pinned by its SHA-256. The SHA-256 of its
 * canonical JSON is the bundle digest. Holds references, never values of secrets.
 */
export interface Bundle {
  readonly apiVersion: string;
  readonly rollout: string;
  readonly environment: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly targets: Readonly<Record<string, TargetBinding>>;
  readonly decisions: DecisionPolicy;
  /** What must be proven before data is destroyed; absent where nothing must. */
  readonly interlock?: Interlock;
  /** Whether what others have set and a step would overwrite opens a gate; absent where it does not. */
  readonly drift?: 'refuse';
  /** What each run measures before its first change and after its last; absent where nothing. */
  readonly measures?: readonly Measure[];
  /** How its readiness is reckoned; absent where it is not. */
  readonly readiness?: Readiness;
  /** Whom drills tell of failures; absent where nobody. */
  readonly notifications?: readonly Notification[];
  /**
   * By `phase/step`, what charts were told of the clusters that they go to, as far as they asked; absent where none did.
   * With it they render to the same objects where no cluster answers.
   */
  readonly told?: Readonly<Record<string, ToldOfCluster>>;
  readonly phases: readonly Phase[];
  /** SHA-256 (hex) of each file by its path inside the rollout directory, after parameters were filled in. */
  readonly files: Readonly<Record<string, string>>;
}

/** Finds a step of a bundle; null when there is none of that name. */
export function findStep(bundle: Bundle, phase: string, step: string): Step | null {
  return bundle.phases.find((p) => p.name === phase)?.steps.find((s) => s.name === step) ?? null;
}

/** All whom the gates of a bundle name as approvers: identities and groups, each once. */
export function approversNamed(bundle: Bundle): readonly string[] {
  return [...new Set(bundle.phases.flatMap(({ steps }) => steps.flatMap(({ approval }) => approval?.approvers ?? [])))];
}
