import { readNumber, readText } from '../../domain/json-fields.ts';
import { isStale, progressing, ready, STALE, statusCount, type Judge } from './status.ts';

/**
 * Every replica ready, and as many updated as its strategy updates by itself: all, all above the partition, or with
 * OnDelete none, since there pods wait for somebody to delete them. Where current and update revision are the same, nobody
 * holds the old one back: an update that is taken back halfway says so from its first moment on, with pods of the other
 * revision still there, so that all have to be updated whatever the partition.
 */
export const statefulSet: Judge = (object) => {
  if (isStale(object, true)) return STALE;
  const wanted = readNumber(object, ['spec', 'replicas'], 1);
  const total = statusCount(object, 'replicas');
  const readyCount = statusCount(object, 'readyReplicas');
  const available = statusCount(object, 'availableReplicas');
  const onDelete = readText(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  const partition = readNumber(object, ['spec', 'updateStrategy', 'rollingUpdate', 'partition'], 0);
  const current = readText(object, 'status', 'currentRevision');
  const update = readText(object, 'status', 'updateRevision');
  const isOne = current === update;
  // Of one revision, both counts tell; older servers leave one of them out.
  const updated = Math.max(statusCount(object, 'updatedReplicas'), isOne ? statusCount(object, 'currentReplicas') : 0);
  const toUpdate = onDelete ? 0 : isOne ? wanted : Math.max(0, wanted - partition);
  if (readyCount < wanted) return progressing(`${String(readyCount)} of ${String(wanted)} replicas ready`);
  if (total > wanted) return progressing(`${String(total - wanted)} replicas too many not gone yet`);
  if (updated < toUpdate) return progressing(`${String(updated)} of ${String(toUpdate)} replicas updated`);
  if (readNumber(object, ['spec', 'minReadySeconds'], 0) > 0 && available < wanted)
    return progressing(`${String(available)} of ${String(wanted)} replicas available`);
  const note =
    updated >= wanted
      ? ''
      : onDelete
        ? `, ${String(wanted - updated)} keep the old revision until they are deleted (OnDelete)`
        : `, ${String(wanted - updated)} keep the old revision (partition ${String(partition)})`;
  return ready(`${String(readyCount)} of ${String(wanted)} replicas ready${note}`);
};
