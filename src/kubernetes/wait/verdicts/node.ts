import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { readNumber, readText } from '../../../domain/json-fields.ts';
import { conditionOf } from '../../status/status.ts';
import { latest, type EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';

/** A pod whose node has gone: nobody reports on it any more, and a StatefulSet does not replace it. */
export function nodeVerdict(pod: KubernetesObject, notes: readonly EventNote[], graces: Graces): Suspicion[] {
  const lost = readText(pod, 'status', 'reason') === 'NodeLost';
  const note = latest(notes, 'NodeNotReady');
  if (!lost && (note === undefined || conditionOf(pod, 'Ready')?.status === 'True')) return [];
  return [
    {
      key: `${pod.metadata.name}/node`,
      pod: pod.metadata.name,
      reason: 'NodeNotReady',
      message: note?.message ?? readText(pod, 'status', 'message') ?? '',
      graceMs: graces.nodeMs,
    },
  ];
}

/** A pod on its way out that does not go: its node has gone, or something holds it. Longer than it may take to end. */
export function terminatingPodVerdict(pod: KubernetesObject, graces: Graces): Suspicion[] {
  const allowed = readNumber(pod, ['metadata', 'deletionGracePeriodSeconds'], 30);
  const disruption = conditionOf(pod, 'DisruptionTarget');
  const why = disruption?.status === 'True' ? ` (${disruption.reason}: ${disruption.message})` : '';
  return [
    {
      key: `${pod.metadata.name}/terminating`,
      pod: pod.metadata.name,
      reason: 'PodTerminating',
      message: `it was to end within ${String(allowed)} s${why}`,
      graceMs: allowed * 1_000 + graces.nodeMs,
    },
  ];
}
