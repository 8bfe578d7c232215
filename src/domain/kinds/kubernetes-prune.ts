import { z } from 'zod';
import { duration } from './common.ts';
import { stepKind } from './descriptor.ts';
import { INVENTORY } from './rights.ts';

/**
 * `kubernetes.prune`: deletes what the rollout once applied and no step declares any more.
 *
 * @internal exported for its tests
 */
export const kubernetesPrune = z.strictObject({
  max: z.int().min(1).default(20).describe('How many objects may be deleted at once; more are refused, and listed.'),
  allow: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'What may be deleted though it is kept otherwise: a kind (Namespace, PersistentVolumeClaim, PersistentVolume, CustomResourceDefinition) or one object of it (PersistentVolumeClaim data/files).',
    ),
  goneWithin: duration.default('5m').describe('How long deleted objects may take until they are gone.'),
});
export type KubernetesPruneSpec = z.output<typeof kubernetesPrune>;

export const kubernetesPruneKind = stepKind(kubernetesPrune.prefault({}))({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {},
  declares: null,
  rights: { everything: ['get', 'list', 'delete'], inventory: INVENTORY },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/kubernetes.md', summary: 'deletes what the rollout owns and no step declares any more' },
});
