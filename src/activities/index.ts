import type { ActivityDeps } from './deps.ts';
import { lockActivities } from './lock.ts';
import { rolloutActivities } from './rollout.ts';
import { stepActivities } from './steps.ts';
import type { WindlassActivities } from './types.ts';

/** Everything the worker registers as an activity. */
export function createActivities(deps: ActivityDeps): WindlassActivities {
  return { ...rolloutActivities(deps), ...lockActivities(deps), ...stepActivities(deps) };
}
