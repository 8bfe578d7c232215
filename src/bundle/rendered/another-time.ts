import type { FileTree } from '../../domain/rendering.ts';
import { textOf } from './tree.ts';

const ACTION = /\{\{[\s\S]*?\}\}/g;
/** Texts and comments are passed over. */
const NOW = /"(?:\\.|[^"\\])*"|`[^`]*`|\/\*[\s\S]*?\*\/|(?<![\w.$-])now(?![\w-])/g;
const THEN = '(toDate "2006-01-02 15:04:05" "2001-02-03 04:05:06")';

/** A chart to which it is another time: what it renders to differs from what the chart itself does if it tells the time. */
export function atAnotherTime(files: FileTree): FileTree {
  return new Map(
    [...files].map(([path, content]) => {
      const text = path.includes('/templates/') ? textOf(files, path) : null;
      if (text?.includes('now') !== true) return [path, content];
      const moved = text.replace(ACTION, (action) => action.replace(NOW, (word) => (word === 'now' ? THEN : word)));
      return [path, Buffer.from(moved)];
    }),
  );
}
