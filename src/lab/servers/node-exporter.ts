import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerDefinition } from './definition.ts';

/** Machines of labs need have none: without it each scrape would write an error. */
const NOT_HERE = ['--no-collector.systemd'];

/** Figures of this machine. */
export const nodeExporter: ServerDefinition = {
  name: 'node-exporter',
  title: 'node exporter',
  needs: [],
  tools: ['node-exporter'],
  ports: ['http'],
  command: (context) => ({
    program: context.tool('node-exporter'),
    args: [
      `--web.listen-address=${LOOPBACK}:${context.port('node-exporter', 'http')}`,
      '--log.level=warn',
      ...NOT_HERE,
    ],
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${context.port('node-exporter', 'http')}/`),
};
