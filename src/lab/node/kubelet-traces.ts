import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LabPaths } from '../directory.ts';
import { entries, removeIfEmpty } from '../files.ts';
import { removeCgroup } from './cgroups.ts';
import { unmountBelow } from './mounts.ts';
import { nodeDirectories, nodeNames } from './names.ts';
import { restoreSysctls } from './sysctls.ts';

/** Links to the logs of containers: kubelets make them here, whatever their configuration (legacyContainerLogsDir). */
const LINKS = '/var/log/containers';
/** A socket for device plugins, there whatever the root directory (DevicePluginPath of its API). */
const DEVICE_PLUGINS = '/var/lib/kubelet/device-plugins';

/**
 * Takes away what a kubelet left on this machine: pods that still run, volumes, links, the kernel's settings.
 * @param sysctlsFile written before every start: without it none was started
 * @throws Error of `node:fs` when it may not.
 */
export async function removeKubeletTraces(paths: LabPaths, sysctlsFile: string): Promise<void> {
  if (!existsSync(sysctlsFile)) return;
  await removeCgroup(nodeNames(paths).cgroup);
  const { kubelet, podLogs } = nodeDirectories(paths);
  unmountBelow(kubelet);
  removeLinks(podLogs);
  rmSync(join(DEVICE_PLUGINS, 'kubelet.sock'), { force: true });
  removeIfEmpty(DEVICE_PLUGINS);
  removeIfEmpty(dirname(DEVICE_PLUGINS));
  rmSync(podLogs, { recursive: true, force: true });
  restoreSysctls(sysctlsFile);
}

function removeLinks(podLogs: string): void {
  for (const name of entries(LINKS)) {
    const link = join(LINKS, name);
    if (readlinkSync(link).startsWith(`${podLogs}/`)) rmSync(link);
  }
  removeIfEmpty(LINKS);
}
