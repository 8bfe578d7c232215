export { filesOf } from '../postgres/support/files.ts';
