/** How far something is, each level with all that the ones before it ask for. */
export const LEVELS = ['base', 'good', 'best'] as const;
export type Level = (typeof LEVELS)[number];

/** A score with its level. */
export interface Standing {
  /** From 0 to 100, rounded down to a tenth; null where nothing was observed. */
  readonly score: number | null;
  /** Null where not even the first is reached. */
  readonly level: Level | null;
}

/** Whether a level is at least another one; nothing reached is less than each. */
export function reaches(level: Level | null, wanted: Level): boolean {
  return level !== null && LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}
