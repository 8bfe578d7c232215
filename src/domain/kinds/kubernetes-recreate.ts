import { z } from 'zod';
import { duration, name, objectName, path } from './common.ts';
import { manifestsOf, stepKind } from './descriptor.ts';
import { INVENTORY, KEPT, type KindRight, namespacesRead, waiting } from './rights.ts';

const common = {
  manifests: z
    .array(path)
    .min(1)
    .describe('Files or directories that declare the object as it is to be; other objects in them are left alone.'),
  namespace: name.optional().describe('Namespace of the object when its manifest names none.'),
  object: objectName.optional().describe('Name of the object, where the manifests declare several of its kind.'),
  readyWithin: duration.default('10m').describe('How long what goes may take to be gone, and what comes to be ready.'),
  force: z.boolean().default(false).describe('Take over fields that another manager owns.'),
};
const token = z
  .string()
  .min(1)
  .max(200)
  .describe('It is done once for each text, such as a date; another text does it again.');

/**
 * `kubernetes.recreate`: changes that the API server refuses in place, each by a playbook that may be killed anywhere.
 *
 * @internal exported for its tests
 */
export const kubernetesRecreate = z.discriminatedUnion('playbook', [
  z
    .strictObject({ playbook: z.literal('fresh-volumes'), token, ...common })
    .describe('A StatefulSet with its claims: both are deleted and made again, empty.'),
  z
    .strictObject({ playbook: z.literal('orphan'), ...common })
    .describe('A StatefulSet whose immutable fields change: its pods and claims stay and are adopted.'),
  z
    .strictObject({ playbook: z.literal('selector'), ...common })
    .describe('A Deployment whose selector changes: the old pods stay until the new ones are ready.'),
  z
    .strictObject({ playbook: z.literal('expand'), ...common })
    .describe('Larger volumes: of a PersistentVolumeClaim, or of the claims of a StatefulSet.'),
  z
    .strictObject({
      playbook: z.literal('move'),
      copy: z
        .strictObject({
          image: z.string().min(1).describe('An image with a shell, `cp` and `diff`, or with what `command` needs.'),
          command: z
            .array(z.string())
            .min(1)
            .default(['/bin/sh', '-ec', 'cp -a /from/. /to/ && diff -r /from /to'])
            .describe('Copies all of /from, which it cannot write to, into the empty /to, and fails when they differ.'),
          runAsUser: z
            .int()
            .min(1)
            .optional()
            .describe('Whom it runs as, without any privilege; left out: root, who may read and keep every owner.'),
        })
        .describe('The Job that copies the data of each volume.'),
      ...common,
    })
    .describe('Volumes in another storage class: of a claim, or of the claims of a StatefulSet, with their data.'),
  z
    .strictObject({ playbook: z.literal('rerun'), token: token.optional(), ...common })
    .describe('A Job: it is deleted and runs again when its declaration or the token is another.'),
  z
    .strictObject({ playbook: z.literal('service'), ...common })
    .describe('A Service whose type or address changes in a way that the API server refuses.'),
]);
export type KubernetesRecreateSpec = z.output<typeof kubernetesRecreate>;
export type PlaybookName = KubernetesRecreateSpec['playbook'];

export const kubernetesRecreateKind = stepKind(kubernetesRecreate)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: { 'manifests.*': 'manifests' },
  uses: {},
  declares: { as: 'helper', of: manifestsOf },
  rights: {
    declared: () => ['get', 'list', 'watch', 'create', 'patch', 'delete'],
    inventory: INVENTORY,
    others: ({ playbook }, namespaces) => [
      ...namespacesRead(namespaces),
      ...waiting(namespaces),
      ...namespaces.flatMap((namespace): readonly KindRight[] => [
        { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, verbs: [...KEPT, 'watch'] },
        { apiVersion: 'v1', kind: 'ConfigMap', namespace, verbs: ['get', 'create', 'patch'] },
        ...(playbook === 'move'
          ? [{ apiVersion: 'batch/v1', kind: 'Job', namespace, verbs: [...KEPT, 'watch'] } as const]
          : []),
      ]),
      { apiVersion: 'v1', kind: 'PersistentVolume', verbs: ['get', 'list', 'patch'] },
      { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', verbs: ['get'] },
    ],
  },
  byHand: false,
  proves: false,
  drifts: null,
  docs: { page: 'steps/kubernetes.md', summary: 'makes a change that the API server refuses in place' },
});
