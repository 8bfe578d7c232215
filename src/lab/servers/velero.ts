import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { applyObject, waitUntilEstablished } from '../cluster-objects.ts';
import type { ClusterObject } from '../cluster-objects.ts';
import { PRIVATE, writeFileAtomically } from '../files.ts';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, probe } from '../probe.ts';
import { apiserverAddress } from './kube-apiserver.ts';
import type { ServerContext, ServerDefinition } from './definition.ts';

const NAMESPACE = 'velero';

/** Velero's server with the AWS plugin, outside of the cluster that it backs up. */
export const velero: ServerDefinition = {
  name: 'velero',
  title: 'Velero',
  needs: ['kube-apiserver'],
  tools: ['velero', 'velero-plugin-for-aws'],
  ports: ['metrics', 'profiler'],
  prepare: async (context) => {
    placePlugin(context);
    writeFileAtomically(credentialsFile(context), awsCredentials(context), PRIVATE);
    const agent = adminAgent(context.paths);
    const address = apiserverAddress(context);
    try {
      const definitions = await customResources(context);
      await Promise.all([...definitions, namespace].map((object) => applyObject(address, agent, object)));
      await applyObject(address, agent, deployment);
      await Promise.all(definitions.map(({ metadata }) => waitUntilEstablished(address, agent, metadata.name)));
    } finally {
      await agent.close();
    }
  },
  command: (context) => ({
    program: context.tool('velero'),
    args: [
      'server',
      `--kubeconfig=${join(context.paths.pki, 'velero.kubeconfig')}`,
      `--namespace=${NAMESPACE}`,
      `--plugin-dir=${pluginDirectory(context)}`,
      '--store-validation-frequency=5s',
      '--backup-sync-period=10s',
      '--client-qps=300',
      '--client-burst=600',
      '--resource-timeout=1m',
      // Of two at once the second would be queued, and the queue is looked at once a minute.
      '--concurrent-backups=8',
      `--metrics-address=${LOOPBACK}:${context.port('velero', 'metrics')}`,
      `--profiler-address=${LOOPBACK}:${context.port('velero', 'profiler')}`,
      '--log-format=json',
    ],
    env: { AWS_SHARED_CREDENTIALS_FILE: credentialsFile(context), VELERO_NAMESPACE: NAMESPACE },
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${context.port('velero', 'metrics')}/metrics`),
};

const namespace: ClusterObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };

/** Restores look for the Deployment of their server; this one's pod is simulated like every other. */
const labels = { component: 'velero' };
const deployment: ClusterObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'velero', namespace: NAMESPACE, labels },
  spec: {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'velero', image: 'velero/velero', args: ['server'] }] },
    },
  },
};

/** Velero prints its own definitions; they change only with its program, so they are printed once per program. */
async function customResources(context: ServerContext): Promise<ClusterObject[]> {
  const program = context.tool('velero');
  const kept = join(context.home, 'crds.yaml');
  const keptFor = join(context.home, 'crds.for');
  if (!existsSync(kept) || !existsSync(keptFor) || readFileSync(keptFor, 'utf8') !== program) {
    const { stdout } = await promisify(execFile)(program, ['install', '--crds-only', '--dry-run', '-o', 'yaml'], {
      maxBuffer: 64 * 1024 * 1024,
      env: { PATH: process.env['PATH'] ?? '', HOME: context.home },
    });
    writeFileAtomically(kept, stdout);
    writeFileAtomically(keptFor, program);
  }
  return parseAllDocuments(readFileSync(kept, 'utf8')).flatMap((document) => flatten(document.toJS()));
}

function flatten(value: unknown): ClusterObject[] {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return [];
  if (value.kind === 'List' && 'items' in value && Array.isArray(value.items)) return value.items.flatMap(flatten);
  return value.kind === 'CustomResourceDefinition' ? [value as ClusterObject] : [];
}

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

function awsCredentials({ secrets }: ServerContext): string {
  return `[default]\naws_access_key_id=${secrets.s3AccessKey}\naws_secret_access_key=${secrets.s3SecretKey}\n`;
}
