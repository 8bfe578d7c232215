import { join } from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, probe } from '../probe.ts';
import type { ServerDefinition } from './definition.ts';

/** The Kubernetes scheduler. */
export const kubeScheduler: ServerDefinition = {
  name: 'kube-scheduler',
  title: 'Kubernetes scheduler',
  needs: ['kube-apiserver'],
  tools: ['kube-scheduler'],
  ports: ['https'],
  command: (context) => {
    const pki = (name: string) => join(context.paths.pki, name);
    return {
      program: context.tool('kube-scheduler'),
      args: [
        `--kubeconfig=${pki('scheduler.kubeconfig')}`,
        `--authentication-kubeconfig=${pki('scheduler.kubeconfig')}`,
        `--authorization-kubeconfig=${pki('scheduler.kubeconfig')}`,
        `--bind-address=${LOOPBACK}`,
        `--secure-port=${context.port('kube-scheduler', 'https')}`,
        `--tls-cert-file=${pki('apiserver.crt')}`,
        `--tls-private-key-file=${pki('apiserver.key')}`,
        '--leader-elect=false',
        '--kube-api-qps=500',
        '--kube-api-burst=1000',
        '--profiling=false',
      ],
    };
  },
  unready: async (context) => {
    const agent = adminAgent(context.paths);
    try {
      return await probe(`https://${LOOPBACK}:${context.port('kube-scheduler', 'https')}/healthz`, agent);
    } finally {
      await agent.close();
    }
  },
};
