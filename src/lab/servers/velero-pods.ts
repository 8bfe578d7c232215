import { join } from 'node:path';
import { readObject, apiserverAddress } from '../cluster-objects.ts';
import { PRIVATE, writeFileAtomically } from '../files.ts';
import { importImage } from '../node/import-image.ts';
import { nodeNames } from '../node/names.ts';
import { localStorageClass } from '../node/volumes.ts';
import { kubeconfigText } from '../pki.ts';
import { adminAgent, reasonOf } from '../probe.ts';
import { stopServer } from '../processes/stop.ts';
import { readRecord } from '../record.ts';
import { awsCredentials } from '../velero/credentials.ts';
import { applyVelero } from '../velero/definitions.ts';
import { NODE_AGENT, SERVER, VELERO_IMAGE, veleroPodObjects } from '../velero/pods.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** Velero's server and node agent as pods of the real node, in place of the server outside of the cluster. */
export const veleroPods: ServerDefinition = {
  name: 'velero-pods',
  title: 'Velero and its node agent, in pods',
  needs: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'minio', 'seaweedfs', 'kubelet'],
  tools: ['velero', 'velero-plugin-for-aws', 'velero-restore-helper'],
  ports: [],
  prepare: async (context) => {
    const { home, paths, port, secrets, tool } = context;
    // There before the lab had a node.
    await stopServer(paths, { name: 'velero' });
    const address = `${nodeNames(paths).gateway}:${String(port('kube-apiserver', 'https'))}`;
    writeFileAtomically(join(home, 'kubeconfig'), kubeconfigText(paths, 'velero', address), PRIVATE);
    writeFileAtomically(join(home, 'aws-credentials'), awsCredentials(secrets), PRIVATE);
    await importImage(context, {
      name: VELERO_IMAGE,
      files: {
        '/velero': tool('velero'),
        '/velero-restore-helper': tool('velero-restore-helper'),
        '/plugins/velero-plugin-for-aws': tool('velero-plugin-for-aws'),
      },
      entrypoint: ['/velero'],
    });
    const agent = adminAgent(paths);
    try {
      await applyVelero(context, agent, [localStorageClass, ...veleroPodObjects(paths, home, bootOf(context))]);
    } finally {
      await agent.close();
    }
  },
  unready: async (context) => {
    const agent = adminAgent(context.paths);
    try {
      const read = (object: typeof SERVER) => readObject<Workload>(apiserverAddress(context), agent, object);
      const [server, nodeAgent] = await Promise.all([read(SERVER), read(NODE_AGENT)]);
      return (
        trouble('Velero', context, server, ['updatedReplicas', 'readyReplicas']) ??
        trouble('the node agent', context, nodeAgent, ['updatedNumberScheduled', 'numberReady'])
      );
    } catch (error) {
      return `the cluster cannot be asked about it: ${reasonOf(error)}`;
    } finally {
      await agent.close();
    }
  },
};

/** Tells one start of the kubelet from another. */
function bootOf({ paths }: ServerContext): string {
  const { pid, startTime } = readRecord(paths).servers['kubelet']?.process ?? { pid: 0, startTime: '' };
  return `${String(pid)} since ${startTime}`;
}

interface Workload {
  readonly metadata: { readonly generation?: number };
  readonly spec?: {
    readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Why the one pod of a workload is not ready, or not of this start of the node. */
function trouble(
  what: string,
  context: ServerContext,
  workload: Workload | undefined,
  counts: readonly string[],
): string | undefined {
  if (workload === undefined) return `the cluster does not know ${what}`;
  const { metadata, spec, status = {} } = workload;
  if (spec?.template?.metadata?.annotations?.['lab.windlass.dev/boot'] !== bootOf(context))
    return `${what} is of an earlier start of the node`;
  if (status['observedGeneration'] !== metadata.generation) return `${what} was not looked at yet`;
  return counts.every((count) => status[count] === 1) ? undefined : `the pod of ${what} is not ready`;
}
