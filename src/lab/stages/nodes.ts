import type { ClusterObject } from '../cluster-objects.ts';
import { isNoneOf, isOneOf, patchStatus, stage } from './stage.ts';
import type { Stage } from './stage.ts';

const NODES = ['lab-node-1', 'lab-node-2'];
const READY = '.status.conditions[]? | select(.type == "Ready") | .status';
const HEARTBEAT_MS = 300_000;

/** The nodes that workloads land on. kwok plays those with this annotation and leaves real ones alone. */
export function simulatedNodes(): ClusterObject[] {
  return NODES.map((name) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/zone': 'lab',
        'node-role.kubernetes.io/worker': '',
      },
    },
  }));
}

const CAPACITY = `{ cpu: "32", memory: 128Gi, ephemeral-storage: 1Ti, pods: "500" }`;

/** The kubelet's report. Conditions keep their transition time while their status stays. */
const STATUS = `
{{ $now := Now }}
{{ $before := .status.conditions }}
phase: Running
capacity: ${CAPACITY}
allocatable: ${CAPACITY}
addresses:
- { type: InternalIP, address: {{ NodeIP | Quote }} }
- { type: Hostname, address: {{ .metadata.name | Quote }} }
nodeInfo:
  architecture: amd64
  operatingSystem: linux
  osImage: simulated
  kernelVersion: simulated
  containerRuntimeVersion: simulated://1
  kubeletVersion: v1.36.3
  kubeProxyVersion: ""
  machineID: ""
  systemUUID: ""
  bootID: ""
conditions:
{{ range NodeConditions }}
{{ $condition := . }}
{{ $since := $now }}
{{ range $before }}{{ if and (eq .type $condition.type) (eq .status $condition.status) }}{{ $since = .lastTransitionTime }}{{ end }}{{ end }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $since | Quote }}
{{ end }}
`;

export const nodeStages: readonly Stage[] = [
  stage('node-ready', 'Node', [isNoneOf(READY, 'True')], [patchStatus(STATUS)]),
  // Leases tell that the node lives; the report is repeated as a kubelet repeats an unchanged one.
  stage('node-heartbeat', 'Node', [isOneOf(READY, 'True')], [patchStatus(STATUS)], {
    durationMilliseconds: HEARTBEAT_MS,
  }),
];
