import { join } from 'node:path';
import type { JsonObject } from '../../domain/json.ts';
import type { ClusterObject } from '../cluster-objects.ts';
import type { LabPaths } from '../directory.ts';
import { nodeDirectories, REAL_NODE_LABEL } from '../node/names.ts';
import { VELERO_NAMESPACE } from './definitions.ts';
import { SERVER_FLAGS } from './flags.ts';

/** Velero's own programs: `/velero`, `/velero-restore-helper` and the plugin in `/plugins`. */
export const VELERO_IMAGE = 'lab.windlass.dev/velero:1';
const METRICS_PORT = 8085;

/** The names that Velero looks for itself. */
export const SERVER: ClusterObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'velero', namespace: VELERO_NAMESPACE },
};
export const NODE_AGENT: ClusterObject = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'node-agent', namespace: VELERO_NAMESPACE },
};

/** Where pods find what the lab gives them: a kubeconfig and credentials. */
const GIVEN = '/lab';

/**
 * Velero's server and its node agent as pods of the real node. The pods that move data inherit image, environment and
 * volumes of the node agent's only container, hence the kubeconfig: no service address is routed there.
 *
 * @param home directory of this machine with the files `kubeconfig` and `aws-credentials`.
 * @param boot another text gives other pods: what a node that was started anew tells of its former pods is not true yet.
 */
export function veleroPodObjects(paths: LabPaths, home: string, boot: string): readonly ClusterObject[] {
  const server = template(home, boot, { component: 'velero' }, ['server', ...SERVER_FLAGS, '--plugin-dir=/plugins'], {
    readinessProbe: { httpGet: { path: '/metrics', port: METRICS_PORT }, periodSeconds: 1 },
  });
  const hostPods = join(nodeDirectories(paths).kubelet, 'root', 'pods');
  const agent = template(home, boot, { name: 'node-agent', role: 'node-agent' }, AGENT_ARGUMENTS, {}, [
    {
      volume: { name: 'host-pods', hostPath: { path: hostPods } },
      // Volumes that the kubelet mounts later must be seen too.
      mount: { name: 'host-pods', mountPath: '/host_pods', mountPropagation: 'HostToContainer' },
    },
  ]);
  return [
    {
      ...SERVER,
      spec: { replicas: 1, strategy: { type: 'Recreate' }, selector: selectorOf(server), template: server },
    },
    { ...NODE_AGENT, spec: { selector: selectorOf(agent), template: agent } },
  ];
}

const AGENT_ARGUMENTS = ['node-agent', 'server', '--resource-timeout=1m', '--data-mover-prepare-timeout=2m'];

interface Volume {
  readonly volume: JsonObject;
  readonly mount: JsonObject;
}

interface Template extends JsonObject {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: JsonObject };
}

function template(
  home: string,
  boot: string,
  labels: Readonly<Record<string, string>>,
  args: readonly string[],
  more: JsonObject,
  volumes: readonly Volume[] = [],
): Template {
  const all: readonly Volume[] = [
    { volume: { name: 'given', hostPath: { path: home } }, mount: { name: 'given', mountPath: GIVEN, readOnly: true } },
    { volume: { name: 'tmp', emptyDir: {} }, mount: { name: 'tmp', mountPath: '/tmp' } },
    ...volumes,
  ];
  return {
    metadata: { labels, annotations: { 'lab.windlass.dev/boot': boot } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      nodeSelector: { [REAL_NODE_LABEL]: 'real' },
      tolerations: [{ key: REAL_NODE_LABEL, operator: 'Exists', effect: 'NoSchedule' }],
      securityContext: { runAsUser: 0 },
      containers: [
        {
          name: labels['component'] ?? 'node-agent',
          image: VELERO_IMAGE,
          imagePullPolicy: 'Never',
          command: ['/velero'],
          args,
          env: [
            { name: 'KUBECONFIG', value: `${GIVEN}/kubeconfig` },
            { name: 'AWS_SHARED_CREDENTIALS_FILE', value: `${GIVEN}/aws-credentials` },
            { name: 'VELERO_NAMESPACE', value: VELERO_NAMESPACE },
            { name: 'VELERO_SCRATCH_DIR', value: '/tmp' },
            { name: 'HOME', value: '/tmp' },
            { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          ],
          volumeMounts: all.map(({ mount }) => mount),
          ...more,
        },
      ],
      volumes: all.map(({ volume }) => volume),
    },
  };
}

function selectorOf({ metadata: { labels } }: Template): JsonObject {
  return { matchLabels: labels };
}
