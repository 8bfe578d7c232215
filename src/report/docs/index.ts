export { documentation } from './build.ts';
export { htmlPage } from './html.ts';
export { markdownPage } from './markdown.ts';
