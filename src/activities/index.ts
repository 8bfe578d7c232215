import type { ActivityDeps } from './deps.ts';
import { driftActivities } from './drifts.ts';
import { drillActivities, notifyActivities } from './drills.ts';
import { freezeActivities } from './freezes.ts';
import { gateActivities } from './gates.ts';
import { healActivities } from './heals.ts';
import { lockActivities } from './lock.ts';
import { measureActivities } from './measures.ts';
import { phaseActivities } from './phases.ts';
import { onlookerActivities } from './onlookers.ts';
import { proofActivities } from './proofs.ts';
import { rolloutActivities } from './rollout.ts';
import { readinessActivities } from './readiness.ts';
import { stepActivities } from './steps.ts';
import { tellingActivities } from './telling.ts';
import type { WindlassActivities } from '../contract/activities.ts';

/** Everything the worker registers as an activity. */
export function createActivities(deps: ActivityDeps): WindlassActivities {
  return {
    ...rolloutActivities(deps),
    ...tellingActivities(deps),
    ...lockActivities(deps),
    ...healActivities(deps),
    ...freezeActivities(deps),
    ...phaseActivities(deps),
    ...measureActivities(deps),
    ...stepActivities(deps),
    ...drillActivities(deps),
    ...proofActivities(deps),
    ...gateActivities(deps),
    ...readinessActivities(deps),
    ...driftActivities(deps),
    ...onlookerActivities(deps),
    ...notifyActivities(deps),
  };
}
