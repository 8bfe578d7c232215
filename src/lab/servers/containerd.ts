import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../files.ts';
import { containerdConfig, containerdSocket, networkConfig } from '../node/containerd-config.ts';
import { makeCgroup, removeCgroup } from '../node/cgroups.ts';
import { removeTraces } from '../node/containerd-traces.ts';
import { nodeDirectories, nodeNames } from '../node/names.ts';
import { unmountBelow } from '../node/mounts.ts';
import { programPath, requireNode } from '../node/requirements.ts';
import type { LabPaths } from '../directory.ts';
import { LOOPBACK } from '../ports.ts';
import { run } from '../tools/run.ts';
import type { ServerDefinition } from './definition.ts';

/** The container runtime of the real node: the machine's own program with root, state and network of its own. */
export const containerd: ServerDefinition = {
  name: 'containerd',
  title: 'container runtime of the real node',
  // The bridge is there before the first pod.
  needs: ['node-gateway'],
  tools: [],
  ports: ['stream'],
  prepare: async ({ paths, port }) => {
    requireNode();
    // Its start is the boot of the node: no container outlived the last one.
    await removeContainers(paths);
    const { containerd: home } = nodeDirectories(paths);
    makeCgroup(nodeNames(paths).cgroup);
    mkdirSync(join(home, 'cni'), { recursive: true });
    writeFileAtomically(join(home, 'cni', '10-lab.conflist'), networkConfig(paths));
    writeFileAtomically(
      configFile(paths),
      containerdConfig(paths, { host: LOOPBACK, port: port('containerd', 'stream') }),
    );
  },
  command: ({ paths }) => ({
    program: programPath('containerd') ?? 'containerd',
    args: ['--config', configFile(paths)],
  }),
  unready: async ({ paths }) => {
    const socket = containerdSocket(paths);
    if (!existsSync(socket)) return `${socket} does not exist`;
    const { code, tail } = await run(programPath('ctr') ?? 'ctr', ['--address', socket, 'version'], {
      timeoutMs: 10_000,
    });
    return code === 0 ? undefined : `\`ctr version\` ended with ${String(code)}: ${tail}`;
  },
  cleanUp: removeContainers,
};

function configFile(paths: LabPaths): string {
  return join(nodeDirectories(paths).containerd, 'config.toml');
}

/** Ends every container and takes away what they left on this machine; what is on disk stays. */
async function removeContainers(paths: LabPaths): Promise<void> {
  await removeCgroup(nodeNames(paths).cgroup);
  unmountBelow(nodeDirectories(paths).containerd);
  removeTraces(paths);
}
