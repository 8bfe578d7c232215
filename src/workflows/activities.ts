import { ActivityCancellationType, isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { WindlassActivities } from '../contract/activities.ts';
import type { StepShape } from '../domain/shape.ts';
import { SILENCE_MS } from '../domain/silence.ts';

/** How long a step may take to be verified where nobody waits for it. */
const VERIFIED_MS = 120_000;

type Bookkeeping = Pick<
  WindlassActivities,
  | 'openRollout'
  | 'reopenRollout'
  | 'appendRecord'
  | 'requestLock'
  | 'isOpen'
  | 'unwantedRequests'
  | 'cancelRun'
  | 'judgeSignature'
  | 'confirmDecision'
  | 'missingProof'
  | 'missingReadiness'
  | 'openGate'
  | 'openDrill'
  | 'openReadiness'
  | 'openDrift'
  | 'judgeFreshness'
>;
const BOOKKEEPING = {
  startToCloseTimeout: '30s',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
} as const;

/** Activities that are quick and touch no target: the record, the lock, signatures. Tried until they work. */
export const bookkeeping = proxyActivities<Bookkeeping>(BOOKKEEPING);

/** The same with a summary that the Web UI shows. */
export function bookkeepingOf(summary: string): Bookkeeping {
  return proxyActivities<Bookkeeping>({ ...BOOKKEEPING, summary });
}

type AtHand = Pick<Bookkeeping, 'judgeSignature'>;

/**
 * Does what is quick and does no harm when it is done twice, while somebody waits for it: by the worker that has the workflow in hand,
 * within the same task, which spares a way to Temporal and back. Tried once and for as long as its task may take: what does not work is
 * done by `bookkeeping`, which may take any time and leaves the workflow free meanwhile.
 *
 * @throws ActivityFailure of that second attempt, where it is one that no other can mend; CancelledFailure.
 */
export async function atHand<T>(summary: string, ask: (activities: AtHand) => Promise<T>): Promise<T> {
  try {
    return await ask(
      proxyLocalActivities<AtHand>({ summary, startToCloseTimeout: '3s', retry: { maximumAttempts: 1 } }),
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    return ask(bookkeepingOf(summary));
  }
}

/**
 * Reads measures: the activity bounds itself, and what it did not read in two attempts stays unknown. Nobody waits for long,
 * be it that no worker takes it.
 */
export const measuring = proxyActivities<Pick<WindlassActivities, 'readMeasures'>>({
  summary: 'read the measures',
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '90s',
  retry: { initialInterval: '500ms', maximumInterval: '5s', maximumAttempts: 2 },
});

/** Asks what checks ask, and records what all comes to: the activity bounds its questions, and one that it cannot ask is unknown. */
export const assessor = proxyActivities<Pick<WindlassActivities, 'assessReadiness'>>({
  startToCloseTimeout: '3m',
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 5 },
});

/** How long a look for drift may take: it plans every step of a rollout, some side by side. */
const DRIFT_MS = 15 * 60_000;

/** Looks for drift. Nobody waits for it, and the next look comes by the clock: it is not tried for long. */
export const driftFinder = proxyActivities<Pick<WindlassActivities, 'findDrift'>>({
  startToCloseTimeout: DRIFT_MS,
  scheduleToCloseTimeout: 3 * DRIFT_MS,
  heartbeatTimeout: SILENCE_MS,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', maximumInterval: '30s', maximumAttempts: 5 },
});

/** Asks a phase how it stands. What a phase told stays shown where it does not answer: nothing waits for it for long. */
export function phaseReader(phase: string): Pick<WindlassActivities, 'askPhase'> {
  return proxyActivities<Pick<WindlassActivities, 'askPhase'>>({
    summary: `ask phase ${phase}`,
    startToCloseTimeout: '10s',
    scheduleToCloseTimeout: '30s',
    retry: { initialInterval: '500ms', maximumInterval: '5s' },
  });
}

/** Activities of one step, with its own timeout and retry policy and a summary that the Web UI shows. */
export function stepActivities(
  step: StepShape,
  summary: string,
): Pick<WindlassActivities, 'planStep' | 'applyStep' | 'verifyStep' | 'drillStep'> {
  return proxyActivities<WindlassActivities>({
    startToCloseTimeout: step.timeoutMs,
    heartbeatTimeout: step.silenceMs ?? SILENCE_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      initialInterval: step.retry.initialMs,
      maximumInterval: step.retry.maximumMs,
      maximumAttempts: step.retry.attempts,
    },
    summary,
  });
}

/** Verifies a step for a look at the readiness, which waits for no step as long as its rollout does. */
export function stepVerifier(step: StepShape, summary: string): Pick<WindlassActivities, 'verifyStep'> {
  return proxyActivities<WindlassActivities>({
    startToCloseTimeout: Math.min(step.timeoutMs, VERIFIED_MS),
    scheduleToCloseTimeout: 2 * VERIFIED_MS,
    heartbeatTimeout: step.silenceMs ?? SILENCE_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: step.retry.initialMs, maximumInterval: step.retry.maximumMs, maximumAttempts: 2 },
    summary,
  });
}

/**
 * Sees a scheduled backup being made. All its attempts together have the time of one: it waits for what others do while it
 * holds the target, and a backup that does not come must not keep rollouts off it.
 */
export function witnessActivity(step: StepShape, summary: string): Pick<WindlassActivities, 'witnessStep'> {
  return proxyActivities<WindlassActivities>({
    scheduleToCloseTimeout: step.timeoutMs,
    heartbeatTimeout: step.silenceMs ?? SILENCE_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: step.retry.initialMs, maximumInterval: step.retry.maximumMs },
    summary,
  });
}

/** So many times as long a worker may be silent about what it only watches: there may be thousands, and nothing acts later for it but a look. */
const ONLOOKER_TIMES = 8;
/** The same of what the end of a rollout waits for. */
const PHASE_WATCH_TIMES = 4;

/** Watches for the end of phases that a run before has begun, for as long as they go on. */
export const phaseWatch = proxyActivities<Pick<WindlassActivities, 'awaitPhase'>>({
  startToCloseTimeout: '30 days',
  heartbeatTimeout: PHASE_WATCH_TIMES * SILENCE_MS,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/** Watches an open gate's step for as long as the gate may be open; what fails is tried again, it only looks. */
export function onlooker(
  { silenceMs = SILENCE_MS }: StepShape,
  summary: string,
): Pick<WindlassActivities, 'awaitDoneByHand' | 'awaitProof' | 'awaitReadiness'> {
  return proxyActivities<Pick<WindlassActivities, 'awaitDoneByHand' | 'awaitProof' | 'awaitReadiness'>>({
    startToCloseTimeout: '30 days',
    heartbeatTimeout: ONLOOKER_TIMES * silenceMs,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1s', maximumInterval: '30s' },
    summary,
  });
}
/** Heals locks, while somebody waits for it: what does not work after some tries is told. */
export const healer = proxyActivities<Pick<WindlassActivities, 'healLock'>>({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '500ms', maximumInterval: '10s', maximumAttempts: 5 },
});

/** Freezes environments, as locks are healed. */
export const freezer = proxyActivities<Pick<WindlassActivities, 'orderFreeze'>>({
  startToCloseTimeout: '60s',
  scheduleToCloseTimeout: '5m',
  retry: { initialInterval: '500ms', maximumInterval: '10s', maximumAttempts: 5 },
});

/** Tells webhooks, within bounds: one that does not answer keeps nobody waiting for long. */
export const notifier = proxyActivities<Pick<WindlassActivities, 'notify'>>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '10m',
  retry: { initialInterval: '2s', maximumInterval: '2m', maximumAttempts: 6 },
});
