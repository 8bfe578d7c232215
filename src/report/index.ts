export { buildReport } from './build.ts';
export { renderJson } from './json.ts';
export { renderMarkdown } from './markdown.ts';
export type * from './report.ts';
