export { documentation } from './build.ts';
export { htmlPage } from '../pages/html.ts';
export { markdownPage } from '../pages/markdown.ts';
