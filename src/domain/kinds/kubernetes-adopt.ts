import { z } from 'zod';
import type { Resolved } from '../reference.ts';
import { name, path } from './common.ts';
import { secretReferences } from './kubernetes-apply.ts';
import { manifestsOf, stepKind } from './descriptor.ts';
import { INVENTORY, namespacesRead } from './rights.ts';

/**
 * `kubernetes.adopt`: takes objects over that people or other tools have made.
 *
 * @internal exported for its tests
 */
export const kubernetesAdopt = z.strictObject({
  manifests: z.array(path).min(1).describe('Files or directories of YAML or JSON manifests: what is to be adopted.'),
  secrets: secretReferences,
  namespace: name.optional().describe('Namespace of namespaced objects that name none.'),
  take: z
    .array(
      z.strictObject({
        object: z.string().min(1).describe('A kind (Deployment) or one object of it (Deployment data/web).'),
        fields: z
          .array(z.string().min(1))
          .min(1)
          .describe('Paths as plans show them (spec.replicas); each covers everything below it.'),
      }),
    )
    .default([])
    .describe('Declared fields that are taken from the managers that own them. Taking another value opens a gate.'),
});
export type KubernetesAdoptSpec = Resolved<z.output<typeof kubernetesAdopt>>;

export const kubernetesAdoptKind = stepKind(kubernetesAdopt)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: { 'manifests.*': 'manifests' },
  uses: {},
  declares: { as: 'helper', of: manifestsOf },
  rights: {
    declared: () => ['get', 'list', 'patch'],
    inventory: INVENTORY,
    others: (_, namespaces) => namespacesRead(namespaces),
  },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/kubernetes.md', summary: 'takes over objects that people or other tools made' },
});
