import { markdownPage } from '../docs/markdown.ts';
import { recoveryPage } from '../docs/recovery.ts';
import type { Runbook } from './runbook.ts';

/** The runbook as Markdown. */
export function renderRunbook(runbook: Runbook): string {
  return markdownPage(recoveryPage(runbook));
}
