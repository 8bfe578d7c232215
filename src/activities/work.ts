import { Context } from '@temporalio/activity';
import { ofType } from '../domain/entries.ts';
import type { RecordedFinding } from '../domain/evidence.ts';
import { findStep, type Bundle } from '../domain/bundle.ts';
import { stepPath } from '../domain/names.ts';
import type { EnvironmentPolicy } from '../domain/policy.ts';
import type { BundleFiles, EngineContext, Fence } from '../domain/step-engine.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Json } from '../domain/json.ts';
import { BEATS, SILENCE_MS } from '../domain/silence.ts';
import type { Step } from '../domain/step.ts';
import type { ActivityDeps } from './deps.ts';
import type { BoundStep } from '../steps/bound-step.ts';
import { openStep } from '../steps/open-step.ts';
import { toHistory } from './failures.ts';
import { assertNotFrozenByHand } from './frozen.ts';
import { withKnownProofs } from './restore-proofs.ts';
import { assertGranted } from './lock.ts';
import { assertNotFrozen } from './starts.ts';
import { assertWarranted } from './warrants.ts';
import { within, type Reach } from '../steps/reach.ts';
import type { StepRef } from '../contract/activities.ts';

export type Verb = 'plan' | 'apply' | 'verify' | 'drill' | 'witness';

/** Opens a step of a bundle on its target. */
export type Open<B> = (bundle: Bundle, step: Step, reach: Reach) => Promise<B>;

/** What is known of the run that an activity works for. */
interface WarrantedRun {
  readonly bundle: Bundle;
  readonly policy: EnvironmentPolicy;
  readonly startedBy: string;
  /** Whether another attempt of this activity came before. */
  readonly again: boolean;
}

/** Runs one verb of a step's engine inside an activity. @throws as `workOn` does. */
export function workOnStep<T>(
  deps: ActivityDeps,
  verb: Verb,
  ref: StepRef,
  fence: Fence | null,
  work: (bound: BoundStep, context: EngineContext, run: WarrantedRun) => Promise<T>,
): Promise<T> {
  return workOn(deps, verb, ref, fence, openStep, work);
}

/**
 * Opens a step and works on it inside an activity: heartbeats, cancellation, failures, log lines, metrics.
 *
 * @throws ApplicationFailure with the summary of the failure, see `toHistory`; CancelledFailure when the activity was
 *   cancelled.
 */
export async function workOn<B extends { close(): Promise<void> }, T>(
  deps: ActivityDeps,
  verb: Verb,
  ref: StepRef,
  fence: Fence | null,
  open: Open<B>,
  work: (bound: B, context: EngineContext, run: WarrantedRun) => Promise<T>,
): Promise<T> {
  const activity = Context.current();
  const { environment, rollout, run } = ref.scope;
  const log = { environment, rollout, run, phase: ref.phase, step: ref.step, verb, attempt: activity.info.attempt };
  const beat = heartbeat(activity);
  let kind = 'unknown';
  const began = performance.now();
  const outcome = (name: string) => {
    const ms = performance.now() - began;
    measured(activity, { kind, verb, outcome: name }, ms);
    return { ...log, kind, ms: Math.round(ms) };
  };
  try {
    const start = await deps.callers.startOf(ref.scope);
    const { bundle, files, step: declared } = await stepOf(deps, ref);
    const step = await withKnownProofs(deps.record, ref.scope, declared);
    kind = step.kind;
    const policy = await deps.policy.of(bundle.environment);
    await assertWarranted(deps.record, policy, ref.scope, start, bundle);
    if (fence !== null) await assertGranted(deps, fence);
    if (verb === 'apply') {
      await deps.callers.assertGoesOn(ref.scope);
      assertNotFrozen(policy, stepPath(ref.phase, ref.step));
      await assertNotFrozenByHand(deps.record, policy, environment, stepPath(ref.phase, ref.step));
    }
    const reach = within(policy, bundle.environment, deps.env);
    const bound = await open(bundle, step, reach);
    try {
      const context = {
        files,
        signal: activity.cancellationSignal,
        progress: beat.progress,
        resolve: reach.resolve,
        earlier: () => earlierFindings(deps.record, ref),
        owner: { ...ref.scope, phase: ref.phase, step: ref.step },
        attempted: activity.info.currentAttemptScheduledTimestampMs,
        ...(activity.info.heartbeatDetails === undefined ? {} : { resume: activity.info.heartbeatDetails as Json }),
        ...(fence === null ? {} : { fence }),
      };
      const { startedBy } = start;
      const result = await work(bound, context, { bundle, policy, startedBy, again: activity.info.attempt > 1 });
      activity.log.info(`${verb} done`, outcome('done'));
      return result;
    } finally {
      await bound.close();
    }
  } catch (error) {
    // A cancelled engine rejects with whatever its client makes of an abort: to Temporal it is the cancellation.
    if (activity.cancellationSignal.aborted) {
      activity.log.info(`${verb} cancelled`, outcome('cancelled'));
      throw activity.cancellationSignal.reason;
    }
    const failure = toHistory(error);
    activity.log.warn(`${verb} failed`, { ...outcome('failed'), failure: failure.message, error });
    throw failure;
  } finally {
    beat.stop();
  }
}

/** What is on record of a step with its bundle, oldest first. What does not read is not known. */
async function earlierFindings(
  record: ActivityDeps['record'],
  { scope: { environment, rollout, bundle }, phase, step }: StepRef,
): Promise<readonly RecordedFinding[]> {
  const { entries } = await record.read({ environment, rollout, types: ['evidence'] });
  return ofType(entries, 'evidence')
    .filter(({ scope }) => scope.phase === phase && scope.step === step && scope.bundle === bundle)
    .flatMap(({ body }) => body.findings);
}

/** A step with the bundle that it is in. @throws WindlassFailure `BundleMissing`, `BundleCorrupt`. */
export async function stepOf(
  deps: Pick<ActivityDeps, 'openBundle'>,
  ref: StepRef,
): Promise<{ readonly bundle: Bundle; readonly files: BundleFiles; readonly step: Step }> {
  const { environment, rollout, bundle: digest } = ref.scope;
  const { bundle, files } = await deps.openBundle(digest);
  const step = findStep(bundle, ref.phase, ref.step);
  if (!step || bundle.environment !== environment || bundle.rollout !== rollout) throw missing(ref);
  return { bundle, files, step };
}

/** Beats by itself, so that an engine only has to say what is new. */
export function heartbeat(activity: Context): { progress: (state: Json) => void; stop: () => void } {
  let state: Json | undefined = activity.info.heartbeatDetails as Json | undefined;
  const timer = setInterval(
    () => {
      activity.heartbeat(state);
    },
    (activity.info.heartbeatTimeoutMs ?? SILENCE_MS) / BEATS,
  );
  return {
    progress: (next) => {
      state = next;
      activity.heartbeat(state);
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}

function missing(ref: StepRef): WindlassFailure {
  return new WindlassFailure('BundleCorrupt', 'The bundle has no such step, though the rollout was started with it.', {
    object: stepPath(ref.phase, ref.step),
    next: 'Start the rollout again from its directory.',
  });
}

/**
 * One histogram for all step kinds, in milliseconds, tagged with kind, verb and outcome; served beside the SDK's own
 * metrics by the worker.
 */
function measured(
  activity: Context,
  tags: { readonly kind: string; readonly verb: string; readonly outcome: string },
  ms: number,
): void {
  activity.metricMeter
    .createHistogram('windlass_step_duration', 'int', 'ms', 'Duration of one attempt of a step activity')
    .record(Math.round(ms), { ...tags });
}
