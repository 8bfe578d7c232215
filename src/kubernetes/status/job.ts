import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { read, readNumber, readText } from '../../domain/json-fields.ts';
import { groupOf } from '../identity.ts';
import { conditionOf, failed, progressing, ready, statusCount, type Judge } from './status.ts';

/** Whether a Job has succeeded, with its last pods ended. */
export function isCompleteJob(object: KubernetesObject): boolean {
  return isBatchJob(object) && conditionOf(object, 'Complete')?.status === 'True';
}

/** When a Job was complete, as ISO 8601; null while it is not. */
export function completedAt(object: KubernetesObject): string | null {
  if (!isCompleteJob(object)) return null;
  return readText(object, 'status', 'completionTime') ?? new Date().toISOString();
}

/** Whether a Job has come to its end, well or not. */
export function isFinishedJob(object: KubernetesObject): boolean {
  return isCompleteJob(object) || (isBatchJob(object) && conditionOf(object, 'Failed')?.status === 'True');
}

function isBatchJob({ apiVersion, kind }: KubernetesObject): boolean {
  return kind === 'Job' && groupOf(apiVersion) === 'batch';
}

/**
 * Done, not merely started: what follows a Job needs its work. A Job declared as suspended is as it was declared. One
 * that will fail (`FailureTarget`: a pod failure policy, a back-off or a deadline has spoken) has failed, even while its
 * last pods end; one that will succeed is ready only when they have.
 */
export const job: Judge = (object) => {
  const failure = conditionOf(object, 'Failed') ?? conditionOf(object, 'FailureTarget');
  if (failure?.status === 'True') return failed(`failed: ${failure.reason}: ${failure.message}`);
  const succeeded = String(statusCount(object, 'succeeded'));
  const complete = conditionOf(object, 'Complete');
  if (complete?.status === 'True') {
    const early = complete.reason === 'SuccessPolicy' ? ', by its success policy' : '';
    return ready(`complete, ${succeeded} pods succeeded${early}`);
  }
  if (read(object, 'spec', 'suspend') === true) return ready('suspended, as declared');
  const wanted = readNumber(object, ['spec', 'completions'], readNumber(object, ['spec', 'parallelism'], 1));
  const criteria = conditionOf(object, 'SuccessCriteriaMet');
  const lost = readText(object, 'status', 'failedIndexes');
  const notes = [
    `${succeeded} of ${String(wanted)} completions, ${String(statusCount(object, 'active'))} pods active`,
    ...(criteria?.status === 'True' ? ['it has succeeded, its last pods are ending'] : []),
    ...(statusCount(object, 'failed') > 0 ? [`${String(statusCount(object, 'failed'))} pods failed`] : []),
    ...(lost === undefined ? [] : [`indexes ${lost} failed`]),
  ];
  return progressing(notes.join(', '));
};
