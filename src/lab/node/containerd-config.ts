import { join } from 'node:path';
import type { LabPaths } from '../directory.ts';
import { POD_IMAGE } from './image.ts';
import { nodeDirectories, nodeNames } from './names.ts';
import { cniDirectory, programPath } from './requirements.ts';

export function containerdSocket(paths: LabPaths): string {
  return join(nodeDirectories(paths).state, 'containerd.sock');
}

/** containerd's configuration, version 2: understood by 1.x and 2.x. Everything that it writes is below the lab's directory. */
export function containerdConfig(paths: LabPaths, stream: { host: string; port: number }): string {
  const { containerd: home, state } = nodeDirectories(paths);
  const text = (value: string) => JSON.stringify(value);
  return `version = 2
root = ${text(join(home, 'root'))}
state = ${text(state)}
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp",
]

[grpc]
address = ${text(containerdSocket(paths))}

[plugins."io.containerd.internal.v1.opt"]
path = ${text(join(home, 'opt'))}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${text(POD_IMAGE)}
stream_server_address = ${text(stream.host)}
stream_server_port = ${text(String(stream.port))}
netns_mounts_under_state_dir = true
# Without CAP_SYS_RESOURCE no score may be lowered, and every sandbox would fail.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".containerd]
# Copies instead of overlays: images here are one small layer, and it works on every file system.
snapshotter = "native"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
BinaryName = ${text(programPath('runc') ?? 'runc')}
Root = ${text(join(state, 'runc'))}

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = ${text(cniDirectory() ?? '')}
conf_dir = ${text(join(home, 'cni'))}
`;
}

/** Pods hang on the bridge and reach this machine alone: nothing is routed, no packet filter is needed. */
export function networkConfig(paths: LabPaths): string {
  const { network, bridge, subnet, gateway } = nodeNames(paths);
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet, gateway }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: join(nodeDirectories(paths).state, 'addresses'),
  };
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: network,
    plugins: [{ type: 'bridge', bridge, isGateway: false, ipMasq: false, hairpinMode: true, ipam }],
  });
}
