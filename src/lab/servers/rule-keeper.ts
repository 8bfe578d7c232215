import { installed } from '../../installation.ts';
import { apiserverAddress } from '../cluster-objects.ts';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import { ruleKeeperArguments } from '../rules/settings.ts';
import type { ServerDefinition } from './definition.ts';

/** Ours: has vmalert evaluate the rules that ConfigMaps of the cluster hold, as the pod that mounts them would. */
export const ruleKeeper: ServerDefinition = {
  name: 'rule-keeper',
  title: 'rules of the cluster',
  needs: ['kube-apiserver', 'vmalert'],
  tools: ['vmalert'],
  ports: ['http'],
  command: (context) => ({
    program: process.execPath,
    args: [
      '--max-old-space-size=128',
      installed('dist/lab/rules/main.js'),
      ...ruleKeeperArguments({
        address: apiserverAddress(context),
        identity: 'kwok',
        lab: context.paths.dir,
        vmalert: context.tool('vmalert'),
        port: context.port('rule-keeper', 'http'),
      }),
    ],
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${String(context.port('rule-keeper', 'http'))}/healthz`),
};
