import { join } from 'node:path';
import { stringify } from 'yaml';
import { applyObject, apiserverAddress } from '../cluster-objects.ts';
import { writeFileAtomically } from '../files.ts';
import { LOOPBACK } from '../ports.ts';
import { adminAgent, probe } from '../probe.ts';
import { simulatedNodes } from '../stages/nodes.ts';
import { stages } from '../stages/index.ts';
import { storageClass } from '../stages/volumes.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** kwok plays the kubelets of the simulated nodes, by our own stages. */
export const kwok: ServerDefinition = {
  name: 'kwok',
  title: 'simulated nodes (kwok)',
  needs: ['kube-apiserver'],
  tools: ['kwok'],
  ports: ['http'],
  prepare: async (context) => {
    writeFileAtomically(
      stagesFile(context),
      stages()
        .map((stage) => stringify(stage))
        .join('---\n'),
    );
    const agent = adminAgent(context.paths);
    try {
      const objects = [...simulatedNodes(), storageClass];
      await Promise.all(objects.map((object) => applyObject(apiserverAddress(context), agent, object)));
    } finally {
      await agent.close();
    }
  },
  command: (context) => ({
    program: context.tool('kwok'),
    args: [
      `--kubeconfig=${join(context.paths.pki, 'kwok.kubeconfig')}`,
      `--config=${stagesFile(context)}`,
      // Not every node, so that a real one can stand beside the simulated ones.
      '--manage-all-nodes=false',
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      '--node-lease-duration-seconds=20',
      `--node-ip=${LOOPBACK}`,
      '--cidr=10.244.0.0/16',
      '--v=WARN',
      `--server-address=${LOOPBACK}:${context.port('kwok', 'http')}`,
    ],
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${context.port('kwok', 'http')}/healthz`),
};

function stagesFile(context: ServerContext): string {
  return join(context.home, 'stages.yaml');
}
