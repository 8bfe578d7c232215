import { durationMs } from '../domain/duration.ts';

/** Go knows no days: `1d` is `86400s` to Velero. */
export function goDuration(text: string): string {
  const ms = durationMs(text);
  return ms % 1_000 === 0 ? `${String(ms / 1_000)}s` : `${String(ms)}ms`;
}
