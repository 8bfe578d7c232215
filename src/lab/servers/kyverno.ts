import { join } from 'node:path';
import { Agent } from 'undici';
import { readList, readText } from '../../domain/json-fields.ts';
import { ClusterApi } from '../cluster-api.ts';
import { applyObject, apiserverAddress, type ClusterObject } from '../cluster-objects.ts';
import type { ServerContext } from '../context.ts';
import { defineKinds } from '../definitions.ts';
import type { LabPaths } from '../directory.ts';
import { readIfThere } from '../files.ts';
import {
  ADMISSION_ACCOUNT,
  CONFIG,
  KYVERNO_NAMESPACE,
  KYVERNO_OBJECTS,
  METRICS_CONFIG,
  REPORTS_ACCOUNT,
  SERVICE,
} from '../policies/objects.ts';
import { removeWebhooks } from '../policies/webhooks.ts';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, probe, reasonOf } from '../probe.ts';
import { readRecord } from '../record.ts';
import { removeTarget, writeTarget } from '../scrape.ts';
import type { ServerDefinition } from './definition.ts';

/** Kyverno's admission controller, outside of the cluster whose requests it judges. */
export const kyverno: ServerDefinition = {
  name: 'kyverno',
  title: 'Kyverno (admission)',
  needs: ['kube-apiserver'],
  tools: ['kyverno'],
  ports: ['webhook', 'metrics'],
  prepare: async (context) => {
    writeTarget(context.paths, 'kyverno', context.port('kyverno', 'metrics'));
    const agent = adminAgent(context.paths);
    const address = apiserverAddress(context);
    try {
      await applyObject(address, agent, namespace);
      await defineKinds(context, 'kyverno', agent);
      await Promise.all(KYVERNO_OBJECTS.map((object) => applyObject(address, agent, object)));
    } finally {
      await agent.close();
    }
  },
  command: (context) => ({
    program: context.tool('kyverno'),
    args: [
      ...kyvernoArguments(context, context.port('kyverno', 'metrics')),
      `-serverIP=${webhookAddress(context)}`,
      `-webhookServerHost=${LOOPBACK}`,
      `-webhookServerPort=${String(context.port('kyverno', 'webhook'))}`,
      '-caSecretName=kyverno-ca',
      '-tlsSecretName=kyverno-tls',
      // "0" is none; by default it is port 8080 of every address.
      '-controllerRuntimeMetricsAddress=0',
      `-backgroundServiceAccountName=${accountOf(ADMISSION_ACCOUNT)}`,
      `-reportsServiceAccountName=${accountOf(REPORTS_ACCOUNT)}`,
    ],
    env: kyvernoEnvironment('kyverno', ADMISSION_ACCOUNT),
  }),
  unready: async (context) => {
    const agent = adminAgent(context.paths);
    try {
      return await untrusted(context, new ClusterApi(apiserverAddress(context), agent));
    } catch (error) {
      return `the cluster cannot be asked about it: ${reasonOf(error)}`;
    } finally {
      await agent.close();
    }
  },
  cleanUp: async (paths) => {
    removeTarget(paths, 'kyverno');
    // Where the API server does not run, its next start does this.
    const port = readRecord(paths).servers['kube-apiserver']?.ports['https'];
    if (port === undefined || readIfThere(join(paths.pki, 'admin.crt')) === undefined) return;
    const agent = adminAgent(paths);
    try {
      await removeWebhooks(`https://${LOOPBACK}:${String(port)}`, agent).catch(() => undefined);
    } finally {
      await agent.close();
    }
  },
};

/** What both of Kyverno's programs are told. */
export function kyvernoArguments({ paths }: { readonly paths: LabPaths }, metrics: number): readonly string[] {
  return [
    `-kubeconfig=${paths.kubeconfig}`,
    `-metricsHost=${LOOPBACK}`,
    `-metricsPort=${String(metrics)}`,
    '-loggingFormat=json',
    // Nobody else wants to lead; on a loaded machine it would end for having renewed its lease too late.
    '-leaderElectionRetryPeriod=10s',
  ];
}

/** What both of its programs look for in their environment. */
export function kyvernoEnvironment(name: string, account: string): Readonly<Record<string, string>> {
  return {
    KYVERNO_NAMESPACE,
    KYVERNO_SERVICEACCOUNT_NAME: account,
    KYVERNO_DEPLOYMENT: name,
    KYVERNO_POD_NAME: name,
    KYVERNO_SVC: SERVICE,
    INIT_CONFIG: CONFIG,
    METRICS_CONFIG,
  };
}

const namespace: ClusterObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: KYVERNO_NAMESPACE } };

function webhookAddress(context: ServerContext): string {
  return `${LOOPBACK}:${String(context.port('kyverno', 'webhook'))}`;
}

function accountOf(name: string): string {
  return `system:serviceaccount:${KYVERNO_NAMESPACE}:${name}`;
}

/** Why the API server would not be answered by it: it asks with the authority that stands in the webhook. */
async function untrusted(context: ServerContext, api: ClusterApi): Promise<string | undefined> {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const found = await api.get(`${path}/kyverno-policy-validating-webhook-cfg`);
  const [webhook] = readList(found ?? undefined, 'webhooks');
  const authority = readText(webhook, 'clientConfig', 'caBundle');
  if (authority === undefined) return 'its webhooks are not registered';
  const agent = new Agent({ connect: { ca: Buffer.from(authority, 'base64').toString() } });
  try {
    return await probe(`https://${webhookAddress(context)}/health/readiness`, agent);
  } finally {
    await agent.close();
  }
}
