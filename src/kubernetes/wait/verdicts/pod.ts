import type { KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { readText } from '../../../domain/json-fields.ts';
import type { EventNote } from '../event-notes.ts';
import type { Graces, Suspicion } from '../suspicion.ts';
import { containerConfigVerdict } from './container-config.ts';
import { containersOf } from './containers.ts';
import { crashVerdict } from './crash.ts';
import { imageVerdict } from './image.ts';
import { nodeVerdict, terminatingPodVerdict } from './node.ts';
import { probeVerdict } from './probe.ts';
import { schedulingVerdict } from './scheduling.ts';
import { volumeVerdict } from './volume.ts';

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
