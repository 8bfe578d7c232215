import { pauseFor } from '../../clock.ts';
import { formatDuration } from '../../domain/duration.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { doublingPauses } from '../../domain/pauses.ts';
import { labelOf, ownerUids, refOf } from '../identity.ts';
import { conditionOf } from '../status/status.ts';

const JOB = { apiVersion: 'batch/v1', kind: 'Job' } as const;
/** How often it is looked: a LIST tells of Jobs begun at the last moment and of deleted ones alike. */
const LOOK = { firstMs: 100, mostMs: 2_000 };

/**
 * The Jobs of some CronJobs of one namespace that are neither complete nor failed.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function unfinishedJobs(
  cronJobs: readonly KubernetesObject[],
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const namespace = cronJobs[0]?.metadata.namespace;
  if (namespace === undefined) return [];
  const owners = new Set(cronJobs.map(({ metadata }) => metadata.uid ?? ''));
  return (await api.list(JOB, { namespace, signal })).filter((job) => isOf(job, owners) && !isFinished(job));
}

/**
 * Waits until no Job of these CronJobs runs any more, a failed one included: what is waited for is quiet, not success.
 *
 * @throws WindlassFailure `NotReadyInTime`, naming the Jobs that still run.
 */
export async function untilQuiet(
  cronJobs: readonly KubernetesObject[],
  api: KubernetesApi,
  options: { readonly withinMs: number; readonly signal: AbortSignal; progress(waitingFor: readonly string[]): void },
): Promise<void> {
  const late = AbortSignal.timeout(options.withinMs);
  const signal = AbortSignal.any([options.signal, late]);
  let running: readonly KubernetesObject[] = [];
  try {
    for (const pause of doublingPauses(LOOK)) {
      running = await unfinishedJobs(cronJobs, api, signal);
      if (running.length === 0) return;
      options.progress(running.slice(0, 3).map((job) => labelOf(refOf(job))));
      await pauseFor(pause, signal);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (late.aborted) throw stillRunning(running, options.withinMs);
    throw error;
  }
}

function isOf(job: KubernetesObject, owners: ReadonlySet<string>): boolean {
  return ownerUids(job).some((uid) => owners.has(uid));
}

function isFinished(job: KubernetesObject): boolean {
  return ['Complete', 'Failed'].some((type) => conditionOf(job, type)?.status === 'True');
}

function stillRunning(jobs: readonly KubernetesObject[], withinMs: number): WindlassFailure {
  const names = jobs.map((job) => labelOf(refOf(job)));
  return new WindlassFailure(
    'NotReadyInTime',
    `Still running after ${formatDuration(withinMs)}: ${names.slice(0, 10).join(', ')}.`,
    {
      object: names.length === 1 ? (names[0] ?? '') : `${String(names.length)} Jobs`,
      next: 'Their CronJobs are suspended: retry to wait on, or raise doneWithin.',
      facts: { running: names.slice(0, 100) },
    },
  );
}
