import { installed } from '../../installation.ts';
import { apiserverAddress } from '../cluster-objects.ts';
import { ingressArguments } from '../ingress/settings.ts';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerDefinition } from './definition.ts';

/** Ours, in place of an ingress controller: makes nginx serve what the Ingresses of the cluster say, and writes its address into them. */
export const ingressRenderer: ServerDefinition = {
  name: 'ingress-renderer',
  title: 'Ingresses for nginx',
  needs: ['kube-apiserver', 'nginx'],
  tools: ['nginx'],
  ports: ['http'],
  command: (context) => ({
    program: process.execPath,
    args: [
      '--max-old-space-size=128',
      installed('dist/lab/ingress/main.js'),
      ...ingressArguments({
        address: apiserverAddress(context),
        identity: 'kwok',
        lab: context.paths.dir,
        nginx: context.tool('nginx'),
        port: context.port('ingress-renderer', 'http'),
      }),
    ],
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${String(context.port('ingress-renderer', 'http'))}/healthz`),
};
