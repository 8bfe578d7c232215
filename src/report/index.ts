import type { Report } from './report.ts';

export { buildReport } from './build.ts';
export { renderPage } from './html/page.ts';
export { renderMarkdown } from './markdown.ts';
export type * from './report.ts';

/** The report as JSON, for programs. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
