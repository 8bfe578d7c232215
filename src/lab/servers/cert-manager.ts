import { applyObject, apiserverAddress, type ClusterObject } from '../cluster-objects.ts';
import { defineKinds } from '../definitions.ts';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, probe } from '../probe.ts';
import { removeTarget, writeTarget } from '../scrape.ts';
import type { ServerDefinition } from './definition.ts';

/**
 * Where issuers of the whole cluster have their Secrets: that of cert-manager's own manifests, so that a platform which brings these finds
 * them where it looks.
 */
const NAMESPACE = 'cert-manager';
const namespace: ClusterObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };

/** The controllers of cert-manager that issue certificates of authorities within the cluster. */
export const certManager: ServerDefinition = {
  name: 'cert-manager',
  title: 'cert-manager (certificates)',
  needs: ['kube-apiserver'],
  tools: ['cert-manager'],
  ports: ['http'],
  prepare: async (context) => {
    writeTarget(context.paths, 'cert-manager', context.port('cert-manager', 'http'));
    const agent = adminAgent(context.paths);
    try {
      await applyObject(apiserverAddress(context), agent, namespace);
      await defineKinds(context, 'cert-manager', agent);
    } finally {
      await agent.close();
    }
  },
  command: (context) => ({
    program: context.tool('cert-manager'),
    args: [
      `-kubeconfig=${context.paths.kubeconfig}`,
      `-listen=${LOOPBACK}:${String(context.port('cert-manager', 'http'))}`,
      `-namespace=${NAMESPACE}`,
    ],
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${String(context.port('cert-manager', 'http'))}/ready`),
  cleanUp: (paths) => {
    removeTarget(paths, 'cert-manager');
    return Promise.resolve();
  },
};
