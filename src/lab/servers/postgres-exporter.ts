import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerDefinition } from './definition.ts';
import { postgresUrl } from './postgres.ts';

/** Figures of the lab's PostgreSQL. */
export const postgresExporter: ServerDefinition = {
  name: 'postgres-exporter',
  title: 'PostgreSQL exporter',
  needs: ['postgres'],
  tools: ['postgres-exporter'],
  ports: ['http'],
  command: (context) => ({
    program: context.tool('postgres-exporter'),
    args: [`--web.listen-address=${LOOPBACK}:${context.port('postgres-exporter', 'http')}`, '--log.level=warn'],
    env: { DATA_SOURCE_NAME: `${postgresUrl(context)}?sslmode=disable` },
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${context.port('postgres-exporter', 'http')}/`),
};
