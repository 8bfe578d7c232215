import { join } from 'node:path';
import { installed } from '../../installation.ts';
import { apiserverAddress } from '../cluster-objects.ts';
import { podInputsArguments } from '../pod-inputs/settings.ts';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import type { ServerDefinition } from './definition.ts';

/**
 * Ours: looks at the Secrets, ConfigMaps and claims that pods are given, which stages cannot, and says in each pod's status
 * whether it may come up. Stages wait for that.
 */
export const podInputs: ServerDefinition = {
  name: 'pod-inputs',
  title: 'what pods are given',
  needs: ['kube-apiserver'],
  tools: [],
  ports: ['http'],
  command: (context) => {
    const pki = (name: string) => join(context.paths.pki, name);
    return {
      program: process.execPath,
      args: [
        '--max-old-space-size=128',
        installed('dist/lab/pod-inputs/main.js'),
        ...podInputsArguments({
          address: apiserverAddress(context),
          ca: pki('ca.crt'),
          certificate: pki('kwok.crt'),
          key: pki('kwok.key'),
          port: context.port('pod-inputs', 'http'),
        }),
      ],
    };
  },
  unready: (context) => probe(`http://${LOOPBACK}:${context.port('pod-inputs', 'http')}/healthz`),
};
