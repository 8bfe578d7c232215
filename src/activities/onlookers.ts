import { CompleteAsyncError, Context } from '@temporalio/activity';
import { sha256 } from '../bundle/digest.ts';
import { isUnchanged, summarizePlan } from '../domain/change.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { canonicalJson } from '../domain/json.ts';
import type { BoundStep } from '../steps/bound-step.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import { openStep } from '../steps/open-step.ts';
import { within } from '../steps/reach.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './failures.ts';
import type { Watch } from './gate-watcher.ts';
import { lackingReadiness } from './assessments.ts';
import { lackingProof } from './proofs.ts';
import { stepOf } from './work.ts';
import type { StepRef, WindlassActivities } from '../contract/activities.ts';

/** How often a thing that may be made by hand is looked for while its gate is open, and the record is asked for a proof. */
const LOOK_MS = { byHand: 2_000, proof: 5_000, readiness: 15_000 } as const;

/**
 * The activities that wait at open gates. They hold no slot while they wait: each hands its gate to the worker's watcher, which
 * completes it later.
 */
export function onlookerActivities(
  deps: ActivityDeps,
): Pick<WindlassActivities, 'awaitDoneByHand' | 'awaitProof' | 'awaitReadiness'> {
  return {
    awaitDoneByHand: guarded(async (ref, shown) => {
      await deps.callers.startOf(ref.scope);
      const { bundle, step } = await stepOf(deps, ref);
      const target = 'target' in step ? bundle.targets[step.target] : null;
      return leaveTo(deps.watcher, namesOf(ref), {
        // Rollouts name targets as they like: what they are bound to tells them apart.
        place: canonicalJson([bundle.environment, target ?? null]),
        pauseMs: LOOK_MS.byHand,
        look: (signal) => isDoneByHand(deps, ref, shown, signal),
      });
    }),

    awaitProof: guarded(async (ref) => {
      await deps.callers.startOf(ref.scope);
      const { environment, rollout } = ref.scope;
      return leaveTo(deps.watcher, namesOf(ref), {
        place: canonicalJson(['record', environment, rollout]),
        pauseMs: LOOK_MS.proof,
        look: async () => (await lackingProof(deps, ref)) === null,
      });
    }),

    awaitReadiness: guarded(async (ref) => {
      await deps.callers.startOf(ref.scope);
      const { environment, rollout } = ref.scope;
      return leaveTo(deps.watcher, namesOf(ref), {
        // All that the record has of the rollout is read, which is more than a proof takes.
        place: canonicalJson(['readiness', environment, rollout]),
        pauseMs: LOOK_MS.readiness,
        look: async () => (await lackingReadiness(deps, ref)) === null,
      });
    }),
  };
}

/** Leaves the activity to the worker's watcher, which completes it once what it looks for has come about. */
export function leaveTo(
  watcher: ActivityDeps['watcher'],
  about: Readonly<Record<string, string>>,
  watch: Pick<Watch, 'place' | 'pauseMs' | 'look'>,
): never {
  const { taskToken, activityId, activityType, attempt, workflowExecution, heartbeatTimeoutMs } =
    Context.current().info;
  watcher.watch({
    ...watch,
    activity: canonicalJson([workflowExecution?.workflowId ?? '', workflowExecution?.runId ?? '', activityId]),
    token: taskToken,
    // Without one Temporal would not notice that the worker has died, but would take heartbeats all the same.
    heartbeatTimeoutMs: heartbeatTimeoutMs ?? 30_000,
    about: { ...about, attempt, waits: activityType },
  });
  throw new CompleteAsyncError();
}

function namesOf({ scope: { environment, rollout, run }, phase, step }: StepRef): Readonly<Record<string, string>> {
  return { environment, rollout, run, phase, step };
}

/** Looks once, by the policy and with the secrets of now. */
async function isDoneByHand(
  deps: ActivityDeps,
  ref: StepRef,
  shown: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { bundle, files, step } = await stepOf(deps, ref);
  const reach = within(await deps.policy.of(bundle.environment), bundle.environment, deps.env);
  const bound = await openStep(bundle, step, reach);
  try {
    const owner = { ...ref.scope, phase: ref.phase, step: ref.step };
    return await isOvertaken(bound, { files, signal, resolve: reach.resolve, owner, progress: () => undefined }, shown);
  } finally {
    await bound.close();
  }
}

/** Whether a step has nothing left to do, or something else than was shown. */
async function isOvertaken(bound: BoundStep, context: EngineContext, shown: string | undefined): Promise<boolean> {
  try {
    const plan = summarizePlan(await bound.plan(context), '', sha256);
    return isUnchanged(plan) || (shown !== undefined && plan.changeDigest !== shown);
  } catch (error) {
    // Made by hand in a way that this step cannot mend: whoever looks at the gate must know, and the next plan tells.
    if (shown !== undefined && error instanceof WindlassFailure && error.type === 'BucketRefused') return true;
    throw error;
  }
}
