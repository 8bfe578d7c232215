export { buildRunbook } from './build.ts';
export { drillFacts } from './facts.ts';
export { renderRunbook } from './markdown.ts';
export type * from './runbook.ts';
