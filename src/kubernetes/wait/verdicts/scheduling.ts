import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { readText } from '../../../domain/json-fields.ts';
import { conditionOf } from '../../status/status.ts';
import type { EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';

/**
 * A pod that no node takes, in the scheduler's words. An autoscaler that has said it brings a node, and a preemption
 * under way, get the time that takes; a gate is somebody's decision, which may take as long.
 */
export function schedulingVerdict(pod: KubernetesObject, notes: readonly EventNote[], graces: Graces): Suspicion[] {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'False') return [];
  const about = { key: `${pod.metadata.name}/scheduling`, pod: pod.metadata.name, message: scheduled.message };
  if (scheduled.reason === 'SchedulingGated')
    return [{ ...about, reason: 'SchedulingGated', graceMs: graces.scaleUpMs }];
  if (scheduled.reason !== 'Unschedulable') return [];
  if (/unbound immediate PersistentVolumeClaims|persistentvolumeclaim ".*" not found/.test(scheduled.message))
    return [{ ...about, reason: 'VolumeUnbound', graceMs: graces.volumeMs }];
  const coming =
    notes.some(({ reason }) => reason === 'TriggeredScaleUp' || reason === 'Nominated') ||
    (readText(pod, 'status', 'nominatedNodeName') ?? '') !== '';
  return [{ ...about, reason: 'Unschedulable', graceMs: coming ? graces.scaleUpMs : graces.unschedulableMs }];
}
