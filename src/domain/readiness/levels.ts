/** How far something is, each level with all that the ones before it ask for. */
export const LEVELS = ['base', 'good', 'best'] as const;
export type Level = (typeof LEVELS)[number];

/** Whether a level is at least another one; nothing reached is less than each. */
export function reaches(level: Level | null, wanted: Level): boolean {
  return level !== null && LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}
