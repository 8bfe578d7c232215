/** What an operator may ask: of a parked step, or of the whole rollout (`cancel`, `adopt`). */
export const ACTIONS = ['retry', 'abort', 'skip', 'cancel', 'adopt'] as const;
export type Action = (typeof ACTIONS)[number];

/**
 * Why a parked step may not be skipped; null when it may. What comes after it goes on as if it were done, so it must be said why,
 * and an approval is given or it is not.
 */
export function skipDenial(at: string, kind: string, comment: string): string | null {
  if (kind === 'approval') return `${at} is an approval, which nobody can skip`;
  return comment.trim() === '' ? `skipping ${at} needs a comment that says why` : null;
}
