import { join } from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import { removeTarget, writeTarget } from '../scrape.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** VictoriaLogs, the store of the lab's own logs. */
export const victoriaLogs: ServerDefinition = {
  name: 'victoria-logs',
  title: 'VictoriaLogs',
  needs: [],
  tools: ['victoria-logs'],
  ports: ['http'],
  web: ['http'],
  prepare: ({ paths, port }) => {
    writeTarget(paths, 'victoria-logs', port('victoria-logs', 'http'));
    return Promise.resolve();
  },
  command: (context) => ({
    program: context.tool('victoria-logs'),
    args: [
      `-httpListenAddr=${LOOPBACK}:${context.port('victoria-logs', 'http')}`,
      `-storageDataPath=${join(context.home, 'state')}`,
      '-retentionPeriod=30d',
      '-memory.allowedBytes=64MB',
      '-loggerLevel=WARN',
    ],
  }),
  unready: (context) => probe(`${logsUrl(context)}/health`),
  cleanUp: (paths) => {
    removeTarget(paths, 'victoria-logs');
    return Promise.resolve();
  },
};

/** Base of its API: `/select/logsql/query?query=...`. */
export function logsUrl(context: ServerContext): string {
  return `http://${LOOPBACK}:${String(context.port('victoria-logs', 'http'))}`;
}
