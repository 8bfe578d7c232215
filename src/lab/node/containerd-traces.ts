import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LabPaths } from '../directory.ts';
import { entries, readIfThere, removeIfEmpty } from '../files.ts';
import { nodeDirectories, nodeNames } from './names.ts';

/** Where CNI's library notes what it gave to whom. */
const CNI_RESULTS = '/var/lib/cni/results';
/** Where a container's keeper listens, whatever the state directory. */
const SOCKETS = '/run/containerd/s';
const TASKS = 'io.containerd.runtime.v2.task/k8s.io';

/** Removes the few files that containerd keeps outside of its directories, then its state, as a boot would. */
export function removeTraces(paths: LabPaths): void {
  const { state } = nodeDirectories(paths);
  if (!existsSync(state)) return;
  for (const task of entries(join(state, TASKS))) {
    const socket = readIfThere(join(state, TASKS, task, 'address'))?.replace(/^unix:\/\//, '');
    if (socket?.startsWith(`${SOCKETS}/`) === true) rmSync(socket, { force: true });
  }
  const { network } = nodeNames(paths);
  const sandboxes = entries(join(state, 'io.containerd.grpc.v1.cri', 'sandboxes'));
  for (const name of entries(CNI_RESULTS)) {
    // Every runtime's pods have a network called cni-loopback; whose it is the sandbox tells.
    const ours = name.startsWith(`${network}-`) || sandboxes.some((id) => name.startsWith(`cni-loopback-${id}-`));
    if (ours) rmSync(join(CNI_RESULTS, name), { force: true });
  }
  for (const directory of [SOCKETS, CNI_RESULTS]) {
    removeIfEmpty(directory);
    removeIfEmpty(dirname(directory));
  }
  rmSync(state, { recursive: true, force: true });
}
