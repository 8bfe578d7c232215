import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { latest, type EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';
import { containersOf } from './containers.ts';

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);
const MOUNTING = ['FailedMount', 'FailedAttachVolume', 'FailedMapVolume', 'VolumeFailedMount'];

/**
 * A pod on its node whose containers cannot be begun: its volumes are not attached or mounted, or it gets no sandbox
 * (which is the network's or the runtime's trouble).
 */
export function volumeVerdict(pod: KubernetesObject, notes: readonly EventNote[], graces: Graces): Suspicion[] {
  const containers = containersOf(pod);
  if (containers.length === 0 || !containers.every(({ waiting }) => STARTING.has(waiting))) return [];
  const note = latest(notes, ...MOUNTING, 'FailedCreatePodSandBox');
  if (note === undefined) return [];
  const { name } = pod.metadata;
  return [{ key: `${name}/volumes`, pod: name, reason: note.reason, message: note.message, graceMs: graces.volumeMs }];
}
