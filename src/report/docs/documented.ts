import type { Bundle } from '../../domain/bundle.ts';
import type { DeclaredAlert, DeclaredObject } from '../../domain/declared.ts';
import type { RecordReading } from '../../domain/damage.ts';
import type { Runbook } from '../recovery/runbook.ts';
import type { Report } from '../report.ts';

/** What the documentation is made of: the bundle, and what the record knows. */
export interface Documented {
  readonly bundle: Bundle;
  /** What its files declare. */
  readonly objects: readonly DeclaredObject[];
  readonly alerts: readonly DeclaredAlert[];
  /** Of the newest run. */
  readonly report: Report;
  readonly runbook: Runbook;
  /** Failures of all runs: entries of type `parked`, and the evidence that came after them. */
  readonly failures: RecordReading;
}
