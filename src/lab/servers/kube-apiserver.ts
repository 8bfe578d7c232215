import { join } from 'node:path';
import { apiserverAddress } from '../cluster-objects.ts';
import { ensurePki, IDENTITIES, writeKubeconfig } from '../pki.ts';
import type { Identity } from '../pki.ts';
import { removeWebhooks } from '../policies/webhooks.ts';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, probe } from '../probe.ts';
import { isAlive } from '../processes/identity.ts';
import { readRecord } from '../record.ts';
import type { ServerDefinition } from './definition.ts';
import { etcdAddress } from './etcd.ts';

/** The Kubernetes API server, with the lab's own authority. */
export const kubeApiserver: ServerDefinition = {
  name: 'kube-apiserver',
  title: 'Kubernetes API server',
  needs: ['etcd'],
  tools: ['kube-apiserver'],
  ports: ['https'],
  prepare: async (context) => {
    await ensurePki(context.paths);
    for (const identity of Object.keys(IDENTITIES) as Identity[]) {
      writeKubeconfig(context.paths, identity, context.port('kube-apiserver', 'https'));
    }
  },
  command: (context) => {
    const pki = (name: string) => join(context.paths.pki, name);
    return {
      program: context.tool('kube-apiserver'),
      args: [
        `--etcd-servers=${etcdAddress(context)}`,
        `--bind-address=${LOOPBACK}`,
        `--advertise-address=${LOOPBACK}`,
        `--secure-port=${context.port('kube-apiserver', 'https')}`,
        `--tls-cert-file=${pki('apiserver.crt')}`,
        `--tls-private-key-file=${pki('apiserver.key')}`,
        `--client-ca-file=${pki('ca.crt')}`,
        `--service-account-key-file=${pki('service-account.pub')}`,
        `--service-account-signing-key-file=${pki('service-account.key')}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        '--service-cluster-ip-range=10.96.0.0/16',
        '--authorization-mode=RBAC',
        '--anonymous-auth=false',
        '--allow-privileged=true',
        // For the logs of pods on a real node, whose name nobody resolves.
        '--kubelet-preferred-address-types=InternalIP',
        `--kubelet-certificate-authority=${pki('ca.crt')}`,
        `--kubelet-client-certificate=${pki('admin.crt')}`,
        `--kubelet-client-key=${pki('admin.key')}`,
        // One API server on loopback: nobody needs to find it through the Service `kubernetes`.
        '--endpoint-reconciler-type=none',
        '--event-ttl=1h',
        '--max-requests-inflight=1000',
        '--max-mutating-requests-inflight=500',
        '--profiling=false',
      ],
    };
  },
  settle: async (context) => {
    const kyverno = readRecord(context.paths).servers['kyverno']?.process;
    if (kyverno !== undefined && isAlive(kyverno)) return;
    // Of a lab that was killed, or went down without its API server; Kyverno makes them anew.
    const agent = adminAgent(context.paths);
    try {
      await removeWebhooks(apiserverAddress(context), agent);
    } finally {
      await agent.close();
    }
  },
  unready: async (context) => {
    const agent = adminAgent(context.paths);
    try {
      return await probe(`${apiserverAddress(context)}/readyz`, agent);
    } finally {
      await agent.close();
    }
  },
};
