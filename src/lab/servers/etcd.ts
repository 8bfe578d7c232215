import { join } from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** etcd, the API server's store. */
export const etcd: ServerDefinition = {
  name: 'etcd',
  title: 'etcd',
  needs: [],
  tools: ['etcd'],
  ports: ['client', 'peer'],
  command: (context) => {
    const peer = `http://${LOOPBACK}:${context.port('etcd', 'peer')}`;
    return {
      program: context.tool('etcd'),
      args: [
        ...['--name', 'lab', '--data-dir', join(context.home, 'state'), '--initial-cluster', `lab=${peer}`],
        ...['--listen-client-urls', etcdAddress(context), '--advertise-client-urls', etcdAddress(context)],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        // A lab is thrown away after a crash of the machine, so it need not wait for the disk. A killed etcd loses nothing.
        '--unsafe-no-fsync',
        ...['--auto-compaction-mode', 'periodic', '--auto-compaction-retention', '10m'],
        ...['--log-level', 'warn'],
      ],
    };
  },
  unready: (context) => probe(`${etcdAddress(context)}/health`),
};

export function etcdAddress(context: ServerContext): string {
  return `http://${LOOPBACK}:${context.port('etcd', 'client')}`;
}
