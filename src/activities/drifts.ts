import { Context } from '@temporalio/activity';
import { countDrift, driftKey, driftSummary, type StepDrift } from '../domain/drift.ts';
import { ofType } from '../domain/entries.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { lookForDrift } from '../steps/drift.ts';
import { within } from '../steps/reach.ts';
import type { WindlassActivities } from '../contract/activities.ts';
import type { RunScope } from '../contract/messages.ts';
import { admitted } from './admission.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { recorder } from './recorder.ts';
import { assertWarranted } from './warrants.ts';
import { heartbeat } from './work.ts';

/** The activities that look for drift apart from the runs of a rollout, with the worker's own rights. */
export function driftActivities(deps: ActivityDeps): Pick<WindlassActivities, 'openDrift' | 'findDrift'> {
  const record = recorder(deps.record);
  return {
    openDrift: guarded(async (input, run) => {
      const { environment, rollout, bundle: digest } = input;
      const scope = { environment, rollout, run, bundle: digest };
      const { bundle, start } = await opened(scope);
      const verified = await admitted(deps, scope, null, start, bundle);
      const { startedBy: by, signature, mode } = start;
      await record(scope, null, null, { type: 'start', by, signature, verified, mode });
      return { notifications: (bundle.notifications ?? []).map(({ on }) => on) };
    }),

    findDrift: guarded(async (scope) => {
      const activity = Context.current();
      const { bundle, files, start } = await opened(scope);
      const policy = await deps.policy.of(bundle.environment);
      await assertWarranted(deps.record, policy, scope, start, bundle);
      const reach = within(policy, bundle.environment, deps.env);
      const beat = heartbeat(activity);
      const steps: StepDrift[] = [];
      try {
        const options = { env: deps.env, signal: activity.cancellationSignal, reach };
        for await (const step of lookForDrift(bundle, files, options)) steps.push(step);
      } finally {
        beat.stop();
      }
      const before = await lastFound(scope);
      await record(scope, null, null, { type: 'drift', steps });
      const known = before !== null && driftKey(before) === driftKey(steps);
      return { ...scope, counts: countDrift(steps), summary: driftSummary(steps), known };
    }),
  };

  /** What the look before found; null where nobody has looked. */
  async function lastFound({ environment, rollout, run }: RunScope): Promise<readonly StepDrift[] | null> {
    const { entries } = await deps.record.read({ environment, rollout, types: ['drift'] });
    return ofType(entries, 'drift').findLast(({ scope }) => scope.run !== run)?.body.steps ?? null;
  }

  async function opened(scope: RunScope) {
    const start = await deps.callers.startOf(scope);
    const { bundle, files } = await deps.openBundle(scope.bundle);
    if (!('mode' in start) || start.mode !== 'drift')
      throw new WindlassFailure('InvalidRollout', 'This run was not started to look for drift.', {
        object: `${scope.rollout} in ${scope.environment}`,
        next: 'Make its schedule with `windlass schedule create --drift`.',
      });
    return { start, bundle, files };
  }
}
