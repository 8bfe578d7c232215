import { Context } from '@temporalio/activity';
import type { WindlassActivities } from '../contract/activities.ts';
import { measureName, type Measured, type MeasureName, type MeasureReading } from '../domain/measured.ts';
import { readMeasures } from '../steps/measure.ts';
import { within } from '../steps/reach.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';

/** Reads what a rollout measures. */
export function measureActivities(deps: ActivityDeps): Pick<WindlassActivities, 'readMeasures'> {
  const record = recorder(deps.record);
  return {
    readMeasures: guarded(async (scope, moment) => {
      await deps.callers.startOf(scope);
      const { bundle } = await deps.openBundle(scope.bundle);
      const reach = within(await deps.policy.of(bundle.environment), bundle.environment, deps.env);
      const readings = await readMeasures(bundle, reach, {
        signal: Context.current().cancellationSignal,
        owner: { ...scope, phase: 'measures', step: moment },
      });
      await record(scope, null, null, { type: 'measures', moment, readings });
      return readings.map(withoutSource);
    }),
  };
}

/** What workflows are told: whom a measure asks is in the record. */
function withoutSource(reading: MeasureReading): MeasureName & Measured {
  const { value, why, how, time } = reading;
  return {
    ...measureName(reading),
    ...{ value, time },
    ...(why === undefined ? {} : { why }),
    ...(how === undefined ? {} : { how }),
  };
}
