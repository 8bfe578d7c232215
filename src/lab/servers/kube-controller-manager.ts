import { join } from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, probe } from '../probe.ts';
import type { ServerDefinition } from './definition.ts';

/** The Kubernetes controllers. */
export const kubeControllerManager: ServerDefinition = {
  name: 'kube-controller-manager',
  title: 'Kubernetes controllers',
  needs: ['kube-apiserver'],
  tools: ['kube-controller-manager'],
  ports: ['https'],
  command: (context) => {
    const pki = (name: string) => join(context.paths.pki, name);
    return {
      program: context.tool('kube-controller-manager'),
      args: [
        `--kubeconfig=${pki('controller-manager.kubeconfig')}`,
        `--authentication-kubeconfig=${pki('controller-manager.kubeconfig')}`,
        `--authorization-kubeconfig=${pki('controller-manager.kubeconfig')}`,
        `--bind-address=${LOOPBACK}`,
        `--secure-port=${context.port('kube-controller-manager', 'https')}`,
        `--tls-cert-file=${pki('apiserver.crt')}`,
        `--tls-private-key-file=${pki('apiserver.key')}`,
        `--root-ca-file=${pki('ca.crt')}`,
        `--service-account-private-key-file=${pki('service-account.key')}`,
        '--use-service-account-credentials=true',
        '--leader-elect=false',
        // A real node is killed to be missed, and whoever waits for that need not wait the default 50 s.
        ...(context.has('node') ? ['--node-monitor-grace-period=20s'] : []),
        '--kube-api-qps=500',
        '--kube-api-burst=1000',
        '--concurrent-deployment-syncs=20',
        '--concurrent-replicaset-syncs=20',
        '--concurrent-statefulset-syncs=20',
        '--concurrent-namespace-syncs=20',
        '--concurrent-gc-syncs=20',
        '--profiling=false',
      ],
    };
  },
  unready: async (context) => {
    const agent = adminAgent(context.paths);
    try {
      return await probe(`https://${LOOPBACK}:${context.port('kube-controller-manager', 'https')}/healthz`, agent);
    } finally {
      await agent.close();
    }
  },
};
