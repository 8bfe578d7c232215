import { REPORTS_ACCOUNT } from '../policies/objects.ts';
import { LOOPBACK } from '../ports.ts';
import { probe } from '../probe.ts';
import { removeTarget, writeTarget } from '../scrape.ts';
import type { ServerDefinition } from './definition.ts';
import { kyvernoArguments, kyvernoEnvironment } from './kyverno.ts';

/** Kyverno's reports controller: looks at what is there already, and writes into reports what policies would say of it. */
export const kyvernoReports: ServerDefinition = {
  name: 'kyverno-reports',
  title: 'Kyverno (reports)',
  needs: ['kube-apiserver', 'kyverno'],
  tools: ['kyverno-reports'],
  ports: ['metrics'],
  prepare: ({ paths, port }) => {
    writeTarget(paths, 'kyverno-reports', port('kyverno-reports', 'metrics'));
    return Promise.resolve();
  },
  command: (context) => ({
    program: context.tool('kyverno-reports'),
    args: [...kyvernoArguments(context, context.port('kyverno-reports', 'metrics'))],
    env: kyvernoEnvironment('kyverno-reports', REPORTS_ACCOUNT),
  }),
  unready: (context) => probe(`http://${LOOPBACK}:${String(context.port('kyverno-reports', 'metrics'))}/metrics`),
  cleanUp: (paths) => {
    removeTarget(paths, 'kyverno-reports');
    return Promise.resolve();
  },
};
