import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LabPaths } from '../directory.ts';

/** The node's name in the cluster. Pods choose it by the label `windlass.dev/node: real` and tolerate the taint of that name. */
export const REAL_NODE = 'lab-real-node';
export const REAL_NODE_LABEL = 'windlass.dev/node';

/** What the real node is called on this machine, outside of the lab's directory. Two labs share none of it. */
export interface NodeNames {
  /** The bridge that pods hang on; an interface's name has at most 15 characters. */
  readonly bridge: string;
  /** The machine's own address on the bridge: pods reach the lab's servers there, other machines do not. */
  readonly gateway: string;
  readonly subnet: string;
  /** The name of the CNI network. */
  readonly network: string;
  /** The control group below which every pod runs. */
  readonly cgroup: string;
}

/** A network of 198.18.0.0/15: RFC 2544 keeps it for tests within one site, so that no route of the machine leads there. */
export function nodeNames(paths: LabPaths): NodeNames {
  const digest = createHash('sha256').update(paths.dir).digest();
  const id = digest.toString('hex').slice(0, 8);
  const network = `198.${String(18 + ((digest[4] ?? 0) & 1))}.${String(digest[5] ?? 0)}`;
  return {
    bridge: `windlass${id.slice(0, 6)}`,
    gateway: `${network}.1`,
    subnet: `${network}.0/24`,
    network: `windlass-${id}`,
    cgroup: `windlass-${id}`,
  };
}

/** Where the node's servers keep what they have, so that each can be cleaned up without asking it. */
export function nodeDirectories(paths: LabPaths): Record<'containerd' | 'kubelet' | 'state' | 'podLogs', string> {
  const containerd = join(paths.data, 'containerd');
  const kubelet = join(paths.data, 'kubelet');
  return { containerd, kubelet, state: join(containerd, 'state'), podLogs: join(kubelet, 'pod-logs') };
}
