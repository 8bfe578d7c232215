import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { deleteObject, type ClusterObject, apiserverAddress } from '../cluster-objects.ts';
import { PRIVATE, writeFileAtomically } from '../files.ts';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, probe } from '../probe.ts';
import { awsCredentials } from '../velero/credentials.ts';
import { applyVelero, VELERO_NAMESPACE } from '../velero/definitions.ts';
import { NODE_AGENT } from '../velero/pods.ts';
import { SERVER_FLAGS } from '../velero/flags.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** Velero's server with the AWS plugin, outside of the cluster that it backs up. */
export const velero: ServerDefinition = {
  name: 'velero',
  title: 'Velero',
  needs: ['kube-apiserver'],
  tools: ['velero', 'velero-plugin-for-aws'],
  ports: ['metrics', 'profiler'],
  prepare: async (context) => {
    placePlugin(context);
    writeFileAtomically(credentialsFile(context), awsCredentials(context.secrets), PRIVATE);
    const agent = adminAgent(context.paths);
    try {
      await applyVelero(context, agent, [deployment]);
      // Of a time when the lab had a real node.
      await deleteObject(apiserverAddress(context), agent, NODE_AGENT);
    } finally {
      await agent.close();
    }
  },
  command: (context) => ({
    program: context.tool('velero'),
    args: [
      'server',
      `--kubeconfig=${join(context.paths.pki, 'velero.kubeconfig')}`,
      `--plugin-dir=${pluginDirectory(context)}`,
      ...SERVER_FLAGS,
      `--metrics-address=${LOOPBACK}:${context.port('velero', 'metrics')}`,
      `--profiler-address=${LOOPBACK}:${context.port('velero', 'profiler')}`,
    ],
    env: { AWS_SHARED_CREDENTIALS_FILE: credentialsFile(context), VELERO_NAMESPACE },
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${context.port('velero', 'metrics')}/metrics`),
};

/** Restores look for the Deployment of their server; this one's pod is simulated like every other. */
const labels = { component: 'velero' };
const deployment: ClusterObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'velero', namespace: VELERO_NAMESPACE, labels },
  spec: {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'velero', image: 'velero/velero', args: ['server'] }] },
    },
  },
};

function pluginDirectory(context: ServerContext): string {
  return join(context.home, 'plugins');
}

/** Velero runs whatever lies in its plugin directory, so the plugin gets one of its own. */
function placePlugin(context: ServerContext): void {
  const plugin = join(pluginDirectory(context), 'velero-plugin-for-aws');
  mkdirSync(pluginDirectory(context), { recursive: true });
  rmSync(plugin, { force: true });
  symlinkSync(context.tool('velero-plugin-for-aws'), plugin);
}

function credentialsFile(context: ServerContext): string {
  return join(context.home, 'aws-credentials');
}
