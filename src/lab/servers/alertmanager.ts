import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomically } from '../files.ts';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** Alertmanager, which tells nobody but workers of the lab, and these of test alerts alone. */
export const alertmanager: ServerDefinition = {
  name: 'alertmanager',
  title: 'Alertmanager',
  needs: [],
  tools: ['alertmanager'],
  // Nobody of the lab listens on the second: workers do while they wait for a test alert.
  ports: ['http', 'receiver'],
  web: ['http'],
  prepare: (context) => {
    writeFileAtomically(configFile(context), stringify(configOf(context)));
    return Promise.resolve();
  },
  command: (context) => ({
    program: context.tool('alertmanager'),
    args: [
      `--config.file=${configFile(context)}`,
      `--storage.path=${join(context.home, 'state')}`,
      `--web.listen-address=${LOOPBACK}:${context.port('alertmanager', 'http')}`,
      // It has no peers.
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
  }),
  unready: (context) => probe(`${alertmanagerUrl(context)}/-/ready`),
};

export function alertmanagerUrl(context: ServerContext): string {
  return `http://${LOOPBACK}:${String(context.port('alertmanager', 'http'))}`;
}

/** `host:port` where workers of the lab are told of test alerts. */
export function alertReceiver(context: ServerContext): string {
  return `${LOOPBACK}:${String(context.port('alertmanager', 'receiver'))}`;
}

function configOf(context: ServerContext) {
  return {
    route: {
      receiver: 'nobody',
      group_by: ['alertname'],
      group_wait: '1s',
      group_interval: '2s',
      repeat_interval: '1h',
      routes: [{ receiver: 'windlass', matchers: ['windlass_test!=""'], group_by: ['windlass_test'] }],
    },
    receivers: [
      { name: 'nobody' },
      { name: 'windlass', webhook_configs: [{ url: `http://${alertReceiver(context)}/`, send_resolved: true }] },
    ],
  };
}

function configFile(context: ServerContext): string {
  return join(context.home, 'alertmanager.yaml');
}
