import { read, readList, readNumber, readText, readTexts } from '../../domain/json-fields.ts';
import { faultIn, type Check, type Fault } from '../check.ts';
import { named, secured, WORKLOAD_KINDS, type Container, type Workload } from '../workloads.ts';
import type { World } from '../world.ts';

type PodCheck = Pick<Check, 'id' | 'severity' | 'claim' | 'mend' | 'stands'>;

/** What every container may be given: to listen on a low port. */
const HARMLESS = ['NET_BIND_SERVICE'];
const LEVEL = 'pod-security.kubernetes.io/enforce';

/** How pods are kept apart from their node. */
export const POD_CHECKS: readonly Check[] = [
  ofContainers(
    {
      id: 'pod-privileged',
      severity: 'critical',
      claim: 'no container is privileged',
      mend: 'Take `privileged: true` out of the security context; add the one capability that is needed.',
      stands: ['C-0057', 'CIS 5.2.2'],
    },
    ({ fields }) => read(fields, 'securityContext', 'privileged') === true,
    'is privileged: root on its node',
  ),
  ofPods(
    {
      id: 'pod-host-processes',
      severity: 'high',
      claim: 'no pod sees the processes of its node',
      mend: 'Take hostPID and hostIPC out of the pod.',
      stands: ['C-0038', 'CIS 5.2.3', 'CIS 5.2.4'],
    },
    ({ spec }) => fieldsThat(['hostPID', 'hostIPC'], (field) => read(spec, field) === true, 'has '),
  ),
  ofPods(
    {
      id: 'pod-host-network',
      severity: 'high',
      claim: 'no pod has the network of its node',
      mend: 'Take hostNetwork out of the pod: no NetworkPolicy isolates it, and it reaches what listens on the node alone.',
      stands: ['C-0041', 'CIS 5.2.5'],
    },
    ({ spec }) => (read(spec, 'hostNetwork') === true ? 'has hostNetwork' : null),
  ),
  ofPods(
    {
      id: 'pod-host-path',
      severity: 'high',
      claim: 'no pod mounts directories of its node',
      mend: 'Use a claim, an emptyDir or a ConfigMap in place of the hostPath.',
      stands: ['C-0048', 'C-0045', 'CIS 5.2.11'],
    },
    ({ spec }) => {
      const paths = readList(spec, 'volumes').flatMap((volume) => readText(volume, 'hostPath', 'path') ?? []);
      return paths.length === 0 ? null : `mounts ${paths.join(', ')} of its node`;
    },
  ),
  ofContainers(
    {
      id: 'pod-run-as-root',
      severity: 'medium',
      claim: 'no container may run as root',
      mend: 'Set runAsNonRoot: true, and runAsUser where the image does not name a user by number.',
      stands: ['C-0013', 'CIS 5.2.7'],
    },
    (container, workload) => {
      const user = readNumber(secured(workload, container, 'runAsUser'), [], null);
      return user === 0 || (user === null && secured(workload, container, 'runAsNonRoot') !== true);
    },
    'may run as root',
  ),
  ofContainers(
    {
      id: 'pod-escalation',
      severity: 'medium',
      claim: 'no process gets more rights than its parent',
      mend: 'Set allowPrivilegeEscalation: false.',
      stands: ['C-0016', 'CIS 5.2.6'],
    },
    ({ fields }) => read(fields, 'securityContext', 'allowPrivilegeEscalation') !== false,
    'does not refuse privilege escalation',
  ),
  ofContainers(
    {
      id: 'pod-added-capabilities',
      severity: 'high',
      claim: 'no container is given capabilities',
      mend: 'Take all but NET_BIND_SERVICE out of capabilities.add.',
      stands: ['C-0046', 'CIS 5.2.8', 'CIS 5.2.9'],
    },
    ({ fields }) =>
      readTexts(fields, 'securityContext', 'capabilities', 'add').some((one) => !HARMLESS.includes(bare(one))),
    'is given capabilities',
  ),
  ofContainers(
    {
      id: 'pod-kept-capabilities',
      severity: 'low',
      claim: 'every container drops all capabilities',
      mend: 'Set capabilities: { drop: [ALL] }.',
      stands: ['C-0055', 'CIS 5.2.9'],
    },
    ({ fields }) => !readTexts(fields, 'securityContext', 'capabilities', 'drop').some((one) => bare(one) === 'ALL'),
    'keeps the capabilities of its runtime',
  ),
  ofContainers(
    {
      id: 'pod-seccomp',
      severity: 'low',
      claim: 'every container is limited in its system calls',
      mend: 'Set seccompProfile: { type: RuntimeDefault } for the pod.',
      stands: ['C-0055', 'CIS 5.6.2'],
    },
    (container, workload) =>
      !['RuntimeDefault', 'Localhost'].includes(textAt(secured(workload, container, 'seccompProfile', 'type'))),
    'has no seccomp profile',
  ),
  {
    id: 'namespace-pod-security',
    severity: 'medium',
    claim: 'every namespace enforces a level of Pod Security',
    mend: `Label the namespace ${LEVEL}: baseline or restricted.`,
    stands: ['CIS 5.2.1'],
    needs: ['Namespace'],
    find: (world) =>
      world.of('Namespace').flatMap((namespace): readonly Fault[] => {
        const level = namespace.metadata.labels?.[LEVEL];
        if (level === 'baseline' || level === 'restricted') return [];
        const what = level === undefined ? 'enforces no level of Pod Security' : `enforces the level ${level}`;
        // It lies in itself: an audit of some namespaces looks at these alone.
        return [{ ...faultIn(namespace, what), namespace: namespace.metadata.name }];
      }),
  },
];

function textAt(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function bare(capability: string): string {
  return capability.toUpperCase().replace(/^CAP_/, '');
}

function fieldsThat(fields: readonly string[], is: (field: string) => boolean, words: string): string | null {
  const found = fields.filter(is);
  return found.length === 0 ? null : `${words}${found.join(' and ')}`;
}

/** @param wrong what is wrong with a pod, as the rest of a sentence; null for nothing. */
function ofPods(check: PodCheck, wrong: (workload: Workload) => string | null): Check {
  return {
    ...check,
    needs: WORKLOAD_KINDS,
    *find(world: World) {
      for (const workload of world.workloads) {
        const what = wrong(workload);
        if (what !== null) yield faultIn(workload.object, what);
      }
    },
  };
}

function ofContainers(
  check: PodCheck,
  isWrong: (container: Container, workload: Workload) => boolean,
  words: string,
): Check {
  return ofPods(check, (workload) => {
    // Windows has no users by number, no capabilities and no seccomp.
    if (readText(workload.spec, 'os', 'name') === 'windows') return null;
    const wrong = workload.containers.filter((container) => isWrong(container, workload));
    return wrong.length === 0 ? null : `${named(wrong)} ${words}`;
  });
}
