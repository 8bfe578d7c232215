/** What an operator may ask of a parked step. */
const OF_STEPS = ['retry', 'abort', 'skip'] as const;
/** And of the whole rollout: phase and step are empty. */
const OF_ROLLOUTS = ['cancel', 'adopt', 'pause', 'resume'] as const;
export const ACTIONS = [...OF_STEPS, ...OF_ROLLOUTS] as const;
export type Action = (typeof ACTIONS)[number];

/** Whether an action is about the rollout as a whole. */
export function isOfRollout(action: Action): boolean {
  return OF_ROLLOUTS.some((one) => one === action);
}

/**
 * Why a parked step may not be skipped; null when it may. What comes after it goes on as if it were done, so it must be said why,
 * and an approval is given or it is not.
 */
export function skipDenial(at: string, kind: string, comment: string): string | null {
  if (kind === 'approval') return `${at} is an approval, which nobody can skip`;
  return comment.trim() === '' ? `skipping ${at} needs a comment that says why` : null;
}
