import { read, readNumber, readText } from '../../domain/json-fields.ts';
import { isStale, progressing, ready, STALE, statusCount, type Judge } from './status.ts';

/**
 * One updated and available pod on every node that wants one; with OnDelete old pods count too. Pods on nodes that do
 * not want one any more stay as long as their node tolerates them, so they are told, not waited for.
 */
export const daemonSet: Judge = (object) => {
  if (isStale(object, true)) return STALE;
  if (read(object, 'status', 'desiredNumberScheduled') === undefined)
    return progressing('it has not counted yet which nodes want it');
  const wanted = statusCount(object, 'desiredNumberScheduled');
  const updated = statusCount(object, 'updatedNumberScheduled');
  const available = statusCount(object, 'numberAvailable');
  const misplaced = statusCount(object, 'numberMisscheduled');
  const onDelete = readText(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  if (!onDelete && updated < wanted) return progressing(`updated on ${String(updated)} of ${String(wanted)} nodes`);
  if (available < wanted) return progressing(`available on ${String(available)} of ${String(wanted)} nodes`);
  const readyCount = readNumber(object, ['status', 'numberReady'], available);
  if (readyCount < wanted) return progressing(`ready on ${String(readyCount)} of ${String(wanted)} nodes`);
  const notes = [
    wanted === 0 ? 'no node wants it' : `available on ${String(available)} of ${String(wanted)} nodes`,
    ...(updated < wanted
      ? [`${String(wanted - updated)} keep the old revision until they are deleted (OnDelete)`]
      : []),
    ...(misplaced > 0 ? [`still on ${String(misplaced)} nodes that do not want it`] : []),
  ];
  return ready(notes.join(', '));
};
