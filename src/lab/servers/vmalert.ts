import { join } from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';
import { alertmanagerUrl } from './alertmanager.ts';
import { metricsUrl } from './victoria-metrics.ts';

/** vmalert, which evaluates every rule file in `rules` of the lab's directory, and looks for new ones. */
export const vmalert: ServerDefinition = {
  name: 'vmalert',
  title: 'vmalert',
  needs: ['victoria-metrics', 'alertmanager'],
  tools: ['vmalert'],
  ports: ['http'],
  command: (context) => ({
    program: context.tool('vmalert'),
    args: [
      `-httpListenAddr=${LOOPBACK}:${context.port('vmalert', 'http')}`,
      `-rule=${join(context.paths.rules, '*.yaml')}`,
      '-configCheckInterval=2s',
      '-evaluationInterval=5s',
      ...['datasource', 'remoteRead', 'remoteWrite'].map((use) => `-${use}.url=${metricsUrl(context)}`),
      `-notifier.url=${alertmanagerUrl(context)}`,
      `-external.url=${vmalertUrl(context)}`,
      '-loggerLevel=WARN',
    ],
  }),
  unready: (context) => probe(`${vmalertUrl(context)}/health`),
};

function vmalertUrl(context: ServerContext): string {
  return `http://${LOOPBACK}:${String(context.port('vmalert', 'http'))}`;
}
