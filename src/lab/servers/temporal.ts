import { join } from 'node:path';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** The Temporal development server with its Web UI; its state survives in a file. */
export const temporal: ServerDefinition = {
  name: 'temporal',
  title: 'Temporal and its Web UI',
  needs: [],
  tools: ['temporal'],
  ports: ['grpc', 'ui', 'http', 'metrics'],
  web: ['ui'],
  command: (context) => ({
    program: context.tool('temporal'),
    args: [
      ...['server', 'start-dev', '--ip', LOOPBACK, '--namespace', 'default'],
      ...['--port', String(context.port('temporal', 'grpc'))],
      ...['--ui-port', String(context.port('temporal', 'ui')), '--ui-disable-news-fetch'],
      ...['--http-port', String(context.port('temporal', 'http'))],
      ...['--metrics-port', String(context.port('temporal', 'metrics'))],
      ...['--db-filename', join(context.home, 'temporal.db')],
      ...['--log-format', 'json', '--log-level', 'warn', '--disable-config-file', '--disable-config-env'],
    ],
  }),
  unready: async (context) =>
    (await probe(`${httpAddress(context)}/api/v1/namespaces/default`)) ??
    (await probe(`http://${LOOPBACK}:${context.port('temporal', 'ui')}/`)),
};

function httpAddress(context: ServerContext): string {
  return `http://${LOOPBACK}:${context.port('temporal', 'http')}`;
}
