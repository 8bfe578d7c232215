import { z } from 'zod';
import { duration, name, objectName, targetName } from './common.ts';
import { stepKind } from './descriptor.ts';
import { ASKED, veleroRight } from './rights.ts';

/** What the record says of a backup that a drill proved: a cluster that was lost took its own marks with it. */
const recordedProof = z.strictObject({
  backup: objectName,
  at: z.iso.datetime().describe('When it was proven.'),
  by: z.string().min(1).describe('The drill that proved it.'),
  of: name.optional().describe('The rollout in whose record it stands; this one if absent.'),
});

/**
 * `velero.restore`: a backup brought back onto the cluster, of what is missing or over what is there.
 *
 * @internal exported for its tests
 */
export const veleroRestore = z
  .strictObject({
    name: name.max(40).describe('The first part of the name of the Restore; the rest is derived from the run.'),
    namespace: name.default('velero').describe('Where Velero lives.'),
    objectStore: targetName.describe('The s3 target that the storage location of the backup points to.'),
    storageLocation: name
      .default('default')
      .describe('Where Velero finds the backup, on a cluster that has yet to learn of it.'),
    backup: objectName.optional().describe('The backup, by name.'),
    latestProvenOf: z
      .array(name)
      .min(1)
      .optional()
      .describe('Or the newest proven one of these drills, backup steps or schedules that holds the namespaces.'),
    includedNamespaces: z
      .array(name)
      .min(1)
      .optional()
      .describe('Of these namespaces only; all of the backup if absent.'),
    namespaceMapping: z.record(name, name).default({}).describe('Other namespaces to restore into, by the original.'),
    includeClusterResources: z
      .boolean()
      .optional()
      .describe('Whether cluster-scoped objects come back too; by default only when no namespaces are named.'),
    existing: z
      .enum(['keep', 'update'])
      .default('keep')
      .describe('What becomes of objects that exist: they stay as they are, or are overwritten.'),
    volumes: z
      .enum(['restore', 'none'])
      .default('restore')
      .describe('Whether claims and the data in volumes come back.'),
    allowUnproven: z
      .boolean()
      .default(false)
      .describe('Whether a backup that is not good, or not proven, may be used.'),
    recordedProofs: z
      .array(recordedProof)
      .default([])
      .describe(
        'Proofs that the record knows of; `windlass restore` fills them in. A worker takes those alone that its record has.',
      ),
    within: duration.default('1h').describe('How long the restore may take.'),
  })
  .refine(({ backup, latestProvenOf }) => (backup === undefined) !== (latestProvenOf === undefined), {
    error: 'needs either backup or latestProvenOf',
  })
  .refine(
    ({ namespaceMapping, includedNamespaces }) =>
      Object.keys(namespaceMapping).every((from) => includedNamespaces?.includes(from) ?? true),
    { error: 'namespaceMapping names a namespace that includedNamespaces leaves out' },
  )
  .refine(
    ({ namespaceMapping }) => new Set(Object.values(namespaceMapping)).size === Object.keys(namespaceMapping).length,
    {
      error: 'namespaceMapping maps two namespaces onto one',
    },
  );
export type VeleroRestoreSpec = z.output<typeof veleroRestore>;

export const veleroRestoreKind = stepKind(veleroRestore)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: { objectStore: { kind: 's3', what: 'objectStore' } },
  declares: null,
  rights: {
    others: ({ namespace, storageLocation }) => [
      veleroRight('Backup', ['get', 'list'], namespace),
      veleroRight('Restore', ASKED, namespace),
      { ...veleroRight('BackupStorageLocation', ['get'], namespace), names: [storageLocation] },
    ],
  },
  byHand: false,
  proves: false,
  drifts: null,
  docs: { page: 'steps/velero.md', summary: 'a backup brought back onto the cluster' },
});
