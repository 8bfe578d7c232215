import { join } from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import { removeTarget, writeTarget } from '../scrape.ts';
import type { ServerDefinition } from './definition.ts';
import { logsUrl } from './victoria-logs.ts';

/** Ships every log of the lab's servers to VictoriaLogs. */
export const vlagent: ServerDefinition = {
  name: 'vlagent',
  title: 'log shipper',
  needs: ['victoria-logs'],
  tools: ['vlagent'],
  ports: ['http'],
  prepare: ({ paths, port }) => {
    writeTarget(paths, 'vlagent', port('vlagent', 'http'));
    return Promise.resolve();
  },
  command: (context) => ({
    program: context.tool('vlagent'),
    args: [
      `-httpListenAddr=${LOOPBACK}:${context.port('vlagent', 'http')}`,
      `-fileCollector.glob=${join(context.paths.logs, '*.log')}`,
      '-fileCollector.refreshInterval=2s',
      // Servers call these what they like.
      '-fileCollector.msgField=msg,message,error',
      '-fileCollector.timeField=time,ts',
      `-remoteWrite.url=${logsUrl(context)}/insert/native`,
      `-tmpDataPath=${join(context.home, 'state')}`,
      '-loggerLevel=WARN',
    ],
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${context.port('vlagent', 'http')}/health`),
  cleanUp: (paths) => {
    removeTarget(paths, 'vlagent');
    return Promise.resolve();
  },
};
