const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How durations are written in rollout files: a whole number and a unit, as in `90s` or `4h`. */
export const DURATION_PATTERN = /^([1-9]\d*)(ms|s|m|h|d)$/;

/**
 * Milliseconds of a duration such as `90s`.
 *
 * @throws RangeError when the text is not a duration; rollout files are checked against the pattern before.
 */
export function durationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (!match || unit === undefined) throw new RangeError(`"${text}" is not a duration such as 90s or 4h`);
  return Number(match[1]) * unit;
}

/** A duration for people: `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s`;
  const minutes = Math.round(ms / 60_000);
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}
