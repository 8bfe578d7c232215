import { z } from 'zod';
import { duration, name, targetName } from './common.ts';
import { veleroSelection } from './velero-selection.ts';
import { stepKind } from './descriptor.ts';
import { ASKED, veleroRight } from './rights.ts';

/**
 * `velero.backup`: one backup made now, and judged by more than its phase.
 *
 * @internal exported for its tests
 */
export const veleroBackup = z.strictObject({
  name: name
    .max(40)
    .describe('The first part of the name; the rest is derived from the run, so that a retry finds its own.'),
  namespace: name.default('velero'),
  objectStore: targetName.describe(
    'The s3 target that the storage location points to: the results file is read from there.',
  ),
  maxAge: duration.default('24h').describe('A good backup of this name and selection younger than this is enough.'),
  within: duration.default('1h').describe('How long the backup may take.'),
  ...veleroSelection,
});
export type VeleroBackupSpec = z.output<typeof veleroBackup>;

export const veleroBackupKind = stepKind(veleroBackup)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: { objectStore: { kind: 's3', what: 'objectStore' } },
  declares: null,
  rights: {
    others: ({ namespace, storageLocation }) => [
      veleroRight('Backup', ASKED, namespace),
      { ...veleroRight('BackupStorageLocation', ['get'], namespace), names: [storageLocation] },
    ],
  },
  byHand: false,
  proves: false,
  drifts: null,
  docs: { page: 'steps/velero.md', summary: 'one backup, made now and judged' },
});
