import type { Bundle } from '../../domain/bundle.ts';
import type { DeclaredAlert, DeclaredObject } from '../../domain/declared.ts';
import type { RecordReading } from '../../domain/damage.ts';
import type { Runbook } from '../recovery/runbook.ts';
import type { Report } from '../report.ts';
import { accessPage } from './access.ts';
import { alertsPage } from './alerts.ts';
import { indexPage } from './index-page.ts';
import { inventoryPage } from './inventory.ts';
import type { Page } from './page.ts';
import { phasePages } from './phases.ts';
import { recoveryPage } from './recovery.ts';
import { troubleshootingPage } from './troubleshooting.ts';

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

/** The pages of a rollout's documentation, the index first. Holds references to secrets, never their values. */
export function documentation(of: Documented): readonly Page[] {
  const others = [
    accessPage(of),
    recoveryPage(of.runbook),
    troubleshootingPage(of),
    inventoryPage(of),
    alertsPage(of),
    ...phasePages(of),
  ];
  return [indexPage(of, others), ...others];
}
