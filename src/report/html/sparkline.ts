import { html, type Html } from './escape.ts';

const WIDTH = 120;
const HEIGHT = 24;

/** A curve as a line, broken where there was no number; a line in the middle where it never changed. */
export function sparkline(curve: readonly (number | null)[], unit = ''): Html {
  const known = curve.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const x = (at: number) => ((at / Math.max(1, curve.length - 1)) * WIDTH).toFixed(1);
  const y = (value: number) =>
    (most === least ? HEIGHT / 2 : HEIGHT - 2 - ((value - least) / (most - least)) * (HEIGHT - 4)).toFixed(1);
  const lines: string[][] = [[]];
  for (const [at, value] of curve.entries()) {
    if (value === null) lines.push([]);
    else lines.at(-1)?.push(`${x(at)},${y(value)}`);
  }
  const shown = (value: number) => `${Number(value.toPrecision(3))}${unit}`;
  return html`<svg
    class="spark"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    width="${WIDTH}"
    height="${HEIGHT}"
    role="img"
    aria-label="from ${shown(least)} to ${shown(most)}"
  >
    ${lines.map((points) =>
      points.length === 0
        ? null
        : html`<polyline points="${(points.length === 1 ? [points[0] ?? '', points[0] ?? ''] : points).join(' ')}" />`,
    )}
  </svg>`;
}
