import { Context } from '@temporalio/activity';
import type { HealInput, RunScope } from '../contract/messages.ts';
import type { WindlassActivities } from '../contract/activities.ts';
import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { rememberedInstead } from '../domain/lock-healing.ts';
import { lockWorkflowId } from '../domain/names.ts';
import { healFences } from '../steps/fences.ts';
import { within } from '../steps/reach.ts';
import { REFUSALS } from './admission.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import { assertNotFrozenByHand } from './frozen.ts';
import { lookAtLock, restartLock } from './lock-state.ts';
import { recorder } from './recorder.ts';
import { assertMayStart, useOnce } from './starts.ts';

/** The activity that heals the lock of a target. */
export function healActivities(deps: ActivityDeps): Pick<WindlassActivities, 'healLock'> {
  const record = recorder(deps.record);
  return {
    healLock: guarded(async ({ environment, rollout, bundle: digest }, run) => {
      const scope = { environment, rollout, run, bundle: digest };
      const asked = await deps.callers.healOf(scope);
      const { target, startedBy: by, comment, signature } = asked;
      const said = { type: 'heal', target, by, comment, signature } as const;
      const { bundle } = await deps.openBundle(digest);
      const verified = await admitted(scope, asked, bundle).catch(async (error: unknown) => {
        if (error instanceof WindlassFailure && REFUSALS.has(error.type)) {
          const denial = { verified: false, denial: error.message, faults: [], done: false };
          await record(scope, null, null, { ...said, ...denial }, 'denied');
        }
        throw error;
      });
      if (!Object.hasOwn(bundle.targets, target)) throw noTarget(target, bundle);
      const lock = lockWorkflowId(environment, target);
      const { memory, told, healed, left } = await lookAtLock(deps, lock);
      const heal = async (write: boolean): Promise<readonly string[]> => {
        if (!told) return [];
        const fences = await healFences(bundle, target, lock, {
          reach: within(await deps.policy.of(environment), environment, deps.env),
          instead: (seen) => rememberedInstead(seen, healed?.memory ?? memory, Date.now()),
          ...{ write, signal: Context.current().cancellationSignal },
        });
        return fences.map(
          ({ where, seen, now }) => `${where} remembered token ${String(seen)}, and remembers ${String(now)} instead`,
        );
      };
      const faults = [...(healed?.faults ?? []).map((fault) => `${lock}: ${fault}`), ...(await heal(false))];
      // Before anything is done: an attempt that comes after finds nothing wrong any more.
      await record(scope, null, null, { ...said, verified, denial: null, faults, done: false }, 'begun');
      if (healed !== null) await restartLock(deps, lock, healed.memory);
      await heal(true);
      await record(scope, null, null, { ...said, verified, denial: null, faults, done: true }, 'done');
      return { healed: faults, left: left.map((one) => `${lock}: ${one}`) };
    }),
  };

  /** Whether it is signed; what is signed is used up. */
  async function admitted(scope: RunScope, asked: HealInput, bundle: Bundle): Promise<boolean> {
    const policy = await deps.policy.of(bundle.environment);
    const verified = assertMayStart(policy, bundle, asked);
    await assertNotFrozenByHand(deps.record, policy, bundle.environment, `target ${asked.target}`);
    if (verified) await useOnce(deps.record, scope, asked);
    return verified;
  }
}

function noTarget(target: string, { rollout, environment, targets }: Bundle): WindlassFailure {
  return new WindlassFailure('InvalidRollout', 'The rollout has no such target.', {
    object: `target ${target} of ${rollout} in ${environment}`,
    next: `Name one of its targets: ${Object.keys(targets).join(', ')}.`,
  });
}
