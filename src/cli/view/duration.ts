import { formatDuration } from '../../domain/duration.ts';

/** How long something has taken, or is taking until `now` (milliseconds since the epoch); empty before it began. */
export function elapsed(startedAt: string | null, endedAt: string | null, now: number): string {
  if (startedAt === null) return '';
  const end = endedAt === null ? now : Date.parse(endedAt);
  // Clocks of two machines differ: a step that began "later than now" has just begun.
  return formatDuration(Math.max(0, end - Date.parse(startedAt)));
}
