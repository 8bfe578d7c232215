import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { readText } from '../../../domain/json-fields.ts';
import { conditionOf } from '../../status/status.ts';
import { latest, type EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';
import { containersOf } from './containers.ts';
import { crashVerdict } from './crash.ts';
import { nodeVerdict, terminatingPodVerdict } from './node.ts';
import { probeVerdict } from './probe.ts';
import { containerConfigVerdict, imageVerdict } from './waiting.ts';

/** What is wrong with a pod now: one entry per trouble. */
export function podVerdicts(pod: KubernetesObject, notes: readonly EventNote[], graces: Graces): Suspicion[] {
  if (pod.metadata.deletionTimestamp !== undefined) return terminatingPodVerdict(pod, graces);
  const phase = readText(pod, 'status', 'phase');
  if (phase === 'Succeeded' || phase === 'Failed') return [];
  return [
    ...schedulingVerdict(pod, notes, graces),
    ...containersOf(pod).flatMap((report) => [
      ...imageVerdict(report, graces),
      ...containerConfigVerdict(report, graces),
      ...crashVerdict(report, notes, graces),
      ...probeVerdict(report, notes, graces),
    ]),
    ...volumeVerdict(pod, notes, graces),
    ...nodeVerdict(pod, notes, graces),
  ];
}

/**
 * A pod that no node takes, in the scheduler's words. An autoscaler that has said it brings a node, and a preemption
 * under way, get the time that takes; a gate is somebody's decision, which may take as long.
 */
function schedulingVerdict(pod: KubernetesObject, notes: readonly EventNote[], graces: Graces): Suspicion[] {
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

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);
const MOUNTING = ['FailedMount', 'FailedAttachVolume', 'FailedMapVolume', 'VolumeFailedMount'];

/**
 * A pod on its node whose containers cannot be begun: its volumes are not attached or mounted, or it gets no sandbox
 * (which is the network's or the runtime's trouble).
 */
function volumeVerdict(pod: KubernetesObject, notes: readonly EventNote[], graces: Graces): Suspicion[] {
  const containers = containersOf(pod);
  if (containers.length === 0 || !containers.every(({ waiting }) => STARTING.has(waiting))) return [];
  const note = latest(notes, ...MOUNTING, 'FailedCreatePodSandBox');
  if (note === undefined) return [];
  const { name } = pod.metadata;
  return [{ key: `${name}/volumes`, pod: name, reason: note.reason, message: note.message, graceMs: graces.volumeMs }];
}
