import { installed } from '../../installation.ts';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerContext } from '../context.ts';
import type { ServerDefinition } from './definition.ts';

/** A stand-in of our own for DolphinScheduler's API: the real one has no place on a small machine. It says what it is. */
export const dolphinscheduler: ServerDefinition = {
  name: 'dolphinscheduler',
  title: 'stand-in for DolphinScheduler',
  needs: [],
  tools: [],
  ports: ['http'],
  web: ['http'],
  command: (context) => ({
    program: process.execPath,
    args: [installed('dist/lab/dolphinscheduler/main.js'), String(context.port('dolphinscheduler', 'http'))],
    env: { STAND_IN_PASSWORD: context.secrets.appPassword },
  }),
  unready: (context) => probe(`${dolphinschedulerUrl(context)}/actuator/health`),
};

/** Base of the API; its user is `admin`. */
export function dolphinschedulerUrl(context: ServerContext): string {
  return `http://${LOOPBACK}:${String(context.port('dolphinscheduler', 'http'))}/dolphinscheduler`;
}
