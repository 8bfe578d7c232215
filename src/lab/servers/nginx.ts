import type { ServerContext } from '../context.ts';
import { nginxArguments, prepareHome } from '../ingress/home.ts';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerDefinition } from './definition.ts';

/** A real nginx in front of whatever the Ingresses of the cluster lead to, by what `ingress-renderer` makes of them. */
export const nginx: ServerDefinition = {
  name: 'nginx',
  title: 'nginx (way in by Ingresses)',
  needs: [],
  tools: ['nginx'],
  ports: ['http', 'https', 'health'],
  prepare: (context) => {
    const at = (use: string) => context.port('nginx', use);
    prepareHome(context.home, { http: at('http'), https: at('https'), health: at('health') });
    return Promise.resolve();
  },
  command: (context) => ({ program: context.tool('nginx'), args: nginxArguments(context.home) }),
  unready: (context) => probe(`http://${LOOPBACK}:${String(context.port('nginx', 'health'))}/`),
};

/** Where the hosts of Ingresses answer, whatever name is asked for. */
export function ingressUrl(context: ServerContext): string {
  return `http://${LOOPBACK}:${String(context.port('nginx', 'http'))}`;
}

/** Where they answer by TLS, each to its own name alone. */
export function ingressTlsUrl(context: ServerContext): string {
  return `https://${LOOPBACK}:${String(context.port('nginx', 'https'))}`;
}
