import type { DrillMode } from './drill/verdict.ts';

/** What a run is for that is no run of the rollout: a drill, what comes with it, or a look at the readiness. */
export type RunMode = DrillMode | 'readiness';
