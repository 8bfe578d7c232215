import { join } from 'node:path';
import type { JsonObject } from '../../domain/json.ts';
import { LOOPBACK } from '../ports.ts';
import type { ServerContext } from '../context.ts';
import { containerdSocket } from './containerd-config.ts';
import { nodeDirectories, nodeNames, REAL_NODE_LABEL } from './names.ts';

/** The kubelet's configuration: a node that takes nothing of the machine beyond the lab's directory and its control group. */
export function kubeletConfig({ paths, home, port }: ServerContext): JsonObject {
  const pki = (name: string) => join(paths.pki, name);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: LOOPBACK,
    port: port('kubelet', 'https'),
    readOnlyPort: 0,
    healthzBindAddress: LOOPBACK,
    healthzPort: port('kubelet', 'health'),
    tlsCertFile: pki('apiserver.crt'),
    tlsPrivateKeyFile: pki('apiserver.key'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: pki('ca.crt') },
    },
    // Whom the lab's authority vouches for is an administrator.
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${containerdSocket(paths)}`,
    podLogsDir: nodeDirectories(paths).podLogs,
    volumePluginDir: join(home, 'volume-plugins'),
    // Nobody serves names there, and a lookup is refused at once; without an address every pod would be warned about it.
    clusterDNS: [nodeNames(paths).gateway],
    clusterDomain: 'cluster.local',
    resolvConf: '',
    registerWithTaints: [{ key: REAL_NODE_LABEL, value: 'real', effect: 'NoSchedule' }],
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${nodeNames(paths).cgroup}`,
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    // The machine is not the lab's: how full its disk and memory are is no reason to evict.
    evictionHard: {},
    imageGCHighThresholdPercent: 100,
    // Seconds count where people and tests wait.
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '4s',
    nodeLeaseDurationSeconds: 12,
    eventRecordQPS: 50,
    eventBurst: 100,
  };
}
