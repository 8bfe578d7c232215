import type { DamagedEntry } from '../../domain/damage.ts';
import type { TargetKind } from '../../domain/kinds/descriptor.ts';
import type { DrillFact, RestoreFact } from './facts.ts';

/** How everything that a rollout made is brought back, as plain JSON. Times and names of backups come from evidence alone. */
export interface Runbook {
  readonly rollout: string;
  readonly environment: string;
  /** Bundle digest. */
  readonly bundle: string;
  /** ISO 8601 in UTC: ages count up to here. */
  readonly madeAt: string;
  /** What a drill has shown, in sentences. */
  readonly proven: readonly string[];
  /** What nobody has ever shown, in so many words. */
  readonly unproven: readonly string[];
  /** What must be at hand before anything can be done. */
  readonly needs: readonly Need[];
  /** In the order in which they are brought back. */
  readonly targets: readonly TargetRunbook[];
  /** How it is seen that everything is back. */
  readonly verification: readonly RecoveryStep[];
  /** Every drill and real restore that was looked at, oldest first. */
  readonly drills: readonly DrillFact[];
  readonly restores: readonly RestoreFact[];
  /** Entries of the record that do not read: what they prove or refute is not in here. Absent where all read. */
  readonly damaged?: readonly DamagedEntry[];
}

/** An address or credential, by reference: never its value. */
export interface Need {
  /** What it is: `target objects, secretKey`. */
  readonly what: string;
  /** Where it is: `file /run/secrets/key`. */
  readonly where: string;
}

export interface TargetRunbook {
  readonly name: string;
  readonly kind: TargetKind;
  /** What is on it, by the steps of the rollout. */
  readonly holds: readonly string[];
  readonly steps: readonly RecoveryStep[];
}

export interface RecoveryStep {
  readonly title: string;
  /** What to know before doing it. */
  readonly notes: readonly string[];
  /** Shell commands, one a line. */
  readonly commands: readonly string[];
  /** The same where Windlass cannot be had. */
  readonly byHand: readonly string[];
}
