import { clipped } from './wrap.ts';

/**
 * Lines up rows in columns as wide as their widest cell, two blanks between; trailing blanks are dropped. Cells are plain
 * text of characters that take one column each, as all names here are. A row of one cell among longer ones is a line of its
 * own, which widens no column.
 *
 * @param fit where the lines must fit into a width: which columns give way, the first one first. What is cut ends with `…`.
 */
export function columns(rows: readonly (readonly string[])[], fit?: Fit): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    if (row.length === 1) continue;
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  const fitting = fit === undefined ? widths : narrowed(widths, fit);
  return rows.map((row) => {
    if (row.length === 1) return clipped(row[0] ?? '', fit?.width ?? Infinity);
    const cells = row.flatMap((cell, at) => {
      const [wanted, width] = [widths[at] ?? 0, fitting[at] ?? 0];
      // A column that gave way as a whole leaves no gap.
      return width === 0 && wanted > 0 && fit !== undefined ? [] : [clipped(cell, width).padEnd(width)];
    });
    return cells.join('  ').trimEnd();
  });
}

interface Fit {
  /** In characters. */
  readonly width: number;
  /** Columns that may become narrower, and at last go, by their place. */
  readonly givesWay: readonly number[];
}

/** Narrower than this a column tells nothing, and goes. */
const NARROWEST = 8;

function narrowed(widths: readonly number[], { width, givesWay }: Fit): number[] {
  const narrow = [...widths];
  for (const at of givesWay) {
    const kept = narrow.filter((one) => one > 0);
    const over = kept.reduce((sum, one) => sum + one, 0) + 2 * (kept.length - 1) - width;
    if (over <= 0) break;
    const left = (narrow[at] ?? 0) - over;
    narrow[at] = left < Math.min(NARROWEST, narrow[at] ?? 0) ? 0 : left;
  }
  return narrow;
}
