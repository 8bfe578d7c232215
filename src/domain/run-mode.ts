import type { DrillMode } from './drill/verdict.ts';

/** Looks at a rollout as a whole, which take no lock and are of no step. */
export const LOOKS = ['readiness', 'drift'] as const;
export type LookMode = (typeof LOOKS)[number];

/** What a run is for that is no run of the rollout: a drill, what comes with it, or a look. */
export type RunMode = DrillMode | LookMode;

export function isLook(mode: RunMode): mode is LookMode {
  return LOOKS.some((look) => look === mode);
}
