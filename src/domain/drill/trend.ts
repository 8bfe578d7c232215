import { formatDuration } from '../duration.ts';

/** Where a row of times tends to. Times in seconds; null where there are none. */
export interface Trend {
  readonly count: number;
  readonly last: number | null;
  readonly median: number | null;
  /** Seconds that each further one adds: the median of the slopes between any two, which no outlier moves. */
  readonly slope: number | null;
  readonly words: string;
}

/** Below this share of the median, over the whole row, a slope is noise. */
const NOISE = 0.1;
const FEWEST = 3;

/** The trend of times measured one after the other, oldest first. */
export function trendOf(times: readonly number[]): Trend {
  const last = times.at(-1) ?? null;
  const median = medianOf(times);
  const slopes = times.flatMap((from, i) => times.slice(i + 1).map((to, ahead) => (to - from) / (ahead + 1)));
  const slope = medianOf(slopes);
  return { count: times.length, last, median, slope, words: words(times.length, last, median, slope) };
}

function words(count: number, last: number | null, median: number | null, slope: number | null): string {
  if (last === null || median === null) return 'nothing was measured yet';
  const measured = `last ${formatDuration(last * 1_000)}, median ${formatDuration(median * 1_000)} of ${count}`;
  if (slope === null || count < FEWEST) return `${measured}; too few to tell a trend`;
  if (Math.abs(slope) * (count - 1) <= NOISE * median) return `${measured}; steady`;
  const each = formatDuration(Math.abs(slope) * 1_000);
  return `${measured}; getting ${slope > 0 ? 'slower' : 'faster'}, by about ${each} a drill`;
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.ceil(sorted.length / 2) - 1];
  const high = sorted[Math.floor(sorted.length / 2)];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
