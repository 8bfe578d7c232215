import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { LabFailure } from '../failure.ts';
import { writeFileAtomically } from '../files.ts';
import { POD_IMAGE } from '../node/image.ts';
import { importImage } from '../node/import-image.ts';
import { kubeletConfig } from '../node/kubelet-config.ts';
import { removeKubeletTraces } from '../node/kubelet-traces.ts';
import { nodeNames, REAL_NODE, REAL_NODE_LABEL } from '../node/names.ts';
import { keepSysctls } from '../node/sysctls.ts';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, ask, probe, reasonOf } from '../probe.ts';
import { apiserverAddress } from '../cluster-objects.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** The kubelet of the real node. */
export const kubelet: ServerDefinition = {
  name: 'kubelet',
  title: 'real node (kubelet)',
  needs: ['kube-apiserver', 'containerd'],
  tools: ['kubelet', 'node-pod'],
  ports: ['https', 'health'],
  prepare: async (context) => {
    const { home, paths } = context;
    if (!existsSync(join(paths.pki, 'kubelet.crt'))) {
      throw new LabFailure(
        'The lab was made before it could have a real node, and has no certificate for one.',
        'kubelet',
        'Run `windlass lab reset`, then `windlass lab up --with node`.',
      );
    }
    keepSysctls(sysctlsFile(home));
    mkdirSync(join(home, 'pod-logs'), { recursive: true });
    writeFileAtomically(configFile(home), stringify(kubeletConfig(context)));
    await importImage(context, { name: POD_IMAGE, files: { '/pod': context.tool('node-pod') }, entrypoint: ['/pod'] });
  },
  command: ({ home, paths, tool }) => ({
    program: tool('kubelet'),
    args: [
      `--config=${configFile(home)}`,
      `--kubeconfig=${join(paths.pki, 'kubelet.kubeconfig')}`,
      `--root-dir=${join(home, 'root')}`,
      `--cert-dir=${join(home, 'pki')}`,
      `--hostname-override=${REAL_NODE}`,
      // A kubelet refuses loopback as its node's address.
      `--node-ip=${nodeNames(paths).gateway}`,
      `--node-labels=${REAL_NODE_LABEL}=real`,
      '--v=1',
    ],
  }),
  unready: async (context) =>
    (await probe(`http://${LOOPBACK}:${String(context.port('kubelet', 'health'))}/healthz`)) ??
    (await notReady(context)),
  cleanUp: (paths) => removeKubeletTraces(paths, sysctlsFile(join(paths.data, 'kubelet'))),
};

function configFile(home: string): string {
  return join(home, 'config.yaml');
}

function sysctlsFile(home: string): string {
  return join(home, 'sysctls.json');
}

/** What the cluster thinks of the node. */
async function notReady(context: ServerContext): Promise<string | undefined> {
  const agent = adminAgent(context.paths);
  try {
    const { status, text } = await ask(`${apiserverAddress(context)}/api/v1/nodes/${REAL_NODE}`, agent);
    if (status >= 300) return `the cluster does not know the node (${String(status)})`;
    const { status: { conditions = [] } = {} } = JSON.parse(text) as {
      status?: { conditions?: { type: string; status: string; message?: string }[] };
    };
    const ready = conditions.find(({ type }) => type === 'Ready');
    return ready?.status === 'True' ? undefined : `the node is not Ready: ${ready?.message ?? 'it did not report yet'}`;
  } catch (error) {
    return `the cluster cannot be asked about the node: ${reasonOf(error)}`;
  } finally {
    await agent.close();
  }
}
