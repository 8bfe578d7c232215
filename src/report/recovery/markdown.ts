import { markdownPage } from '../pages/markdown.ts';
import { recoveryPage } from './page.ts';
import type { Runbook } from './runbook.ts';

/** The runbook as Markdown. */
export function renderRunbook(runbook: Runbook): string {
  return markdownPage(recoveryPage(runbook));
}
