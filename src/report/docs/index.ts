export { documentation } from './build.ts';
export { htmlPage } from './html.ts';
export { markdownPage } from './markdown.ts';
export type { Page } from './page.ts';
