import { randomBytes } from 'node:crypto';
import { accepted, type ClusterApi } from '../cluster-api.ts';
import { INPUTS_FOUND, type Obstacle } from './mark.ts';
import type { Verdict } from './verdict.ts';
import type { WaitingPod } from './waiting-pod.ts';

const MANAGER = 'windlass-lab';
/** There is no such pod any more, or another one of this name. */
const GONE: readonly number[] = [404, 409, 422];

/**
 * Writes down in a pod's status why it does not come up, or that it may. The probe time is that of the last crash.
 *
 * @throws LabFailure when it is refused, but for a pod that is gone; what undici throws when nobody answers.
 */
export async function writeMark(api: ClusterApi, pod: WaitingPod, verdict: Verdict | null): Promise<void> {
  const now = timestamp();
  const condition = {
    type: INPUTS_FOUND,
    status: verdict === null ? 'True' : 'False',
    reason: verdict?.obstacle ?? null,
    message: verdict?.message ?? null,
    lastProbeTime: now,
    lastTransitionTime: now,
  };
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/status`;
  const answer = await api.send(`${path}?fieldManager=${MANAGER}`, {
    method: 'PATCH',
    kind: 'strategic-merge-patch+json',
    body: { metadata: { uid: pod.uid }, status: { conditions: [condition] } },
  });
  if (!GONE.includes(answer.status)) accepted(answer, path);
}

const EVENTS: Readonly<Record<Obstacle, (pod: WaitingPod, message: string) => { reason: string; message: string }>> = {
  FailedMount: (_pod, message) => ({ reason: 'FailedMount', message }),
  CreateContainerConfigError: (_pod, message) => ({ reason: 'Failed', message: `Error: ${message}` }),
  CrashLoopBackOff: ({ container, name, namespace, uid }) => ({
    reason: 'BackOff',
    message: `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`,
  }),
};

/**
 * Tells of it as a kubelet does, in an event.
 *
 * @throws what undici throws when nobody answers. A refusal is not looked at: the pod's namespace may be going away.
 */
export async function writeEvent(api: ClusterApi, pod: WaitingPod, { obstacle, message }: Verdict): Promise<void> {
  const { namespace, name, uid, node, container } = pod;
  const now = timestamp();
  const ofVolume = obstacle === 'FailedMount';
  await api.send(`/api/v1/namespaces/${namespace}/events?fieldManager=${MANAGER}`, {
    method: 'POST',
    body: {
      metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
      involvedObject: {
        ...{ apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
        ...(ofVolume ? {} : { fieldPath: `spec.containers{${container}}` }),
      },
      type: 'Warning',
      ...EVENTS[obstacle](pod, message),
      source: { component: 'kubelet', host: node },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    },
  });
}

/** As Kubernetes writes times: to the second. */
function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
