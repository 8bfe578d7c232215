import { accessPage } from './access.ts';
import { alertsPage } from './alerts.ts';
import type { Documented } from './documented.ts';
import { indexPage } from './index-page.ts';
import { inventoryPage } from './inventory.ts';
import type { Page } from '../pages/page.ts';
import { phasePages } from './phases.ts';
import { recoveryPage } from '../recovery/page.ts';
import { troubleshootingPage } from './troubleshooting.ts';

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
