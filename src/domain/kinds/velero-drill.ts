import { z } from 'zod';
import { durationMs } from '../duration.ts';
import { duration, name, sqlName, targetName } from './common.ts';
import { veleroSelection } from './velero-selection.ts';
import { stepKind } from './descriptor.ts';
import { ASKED, KEPT, namespacesRead, veleroRight } from './rights.ts';

/** A database that is dumped beside the backup, restored and compared. */
const database = z.strictObject({
  target: targetName.describe('The postgres target that holds it.'),
  database: sqlName,
  keepDump: z
    .boolean()
    .default(false)
    .describe('Whether the dump stays beside the backup, as long as that; else the drill removes it.'),
});

/** Velero tells in whole seconds how far it is, and a namespace takes seconds to come and go. */
const LEAST_RTO = '5s';

/** `velero.drill`: a backup that is really restored, compared and timed. */
export const veleroDrill = z.strictObject({
  name: name.max(40).describe('The first part of the names of the backups that are drilled.'),
  namespace: name.default('velero').describe('Where Velero lives.'),
  objectStore: targetName.describe('The s3 target that the storage location points to.'),
  of: z
    .strictObject({
      schedule: name.describe('The Velero schedule whose newest backup is drilled.'),
      witnessWithin: duration.default('25h').describe('How long its next backup may be waited for.'),
    })
    .optional()
    .describe(
      'Drills what this schedule made, against what was written down when it was made; absent: a fresh backup.',
    ),
  buckets: z
    .array(z.strictObject({ target: targetName.describe('An s3 target.'), bucket: z.string().min(3) }))
    .min(1)
    .max(20)
    .optional()
    .describe('Buckets that must be able to bring back an object by its version.'),
  maxAge: duration.default('24h').describe('A backup of this name and selection proven within this time is enough.'),
  within: duration.default('30m').describe('How long the backup, and then the restore, may take.'),
  rpo: duration.optional().describe('How old what a restore brings back may be; measured against every drill.'),
  rto: duration
    // What is no duration is refused by itself.
    .refine(
      (text) => !isShorter(text, LEAST_RTO),
      `must be at least ${LEAST_RTO}: no restore can be seen to end sooner`,
    )
    .optional()
    .describe('How long a restore with its comparison may take; measured against every drill.'),
  databases: z
    .array(database)
    .max(20)
    .default([])
    .describe('Databases that are dumped beside the backup, restored into databases of the drill’s own and compared.'),
  inspector: z
    .string()
    .regex(/^\S+$/, 'must be an image')
    .optional()
    .describe('An image that takes `list DIRECTORY`; with it the files in volumes are proven too.'),
  ...veleroSelection,
  includedNamespaces: veleroSelection.includedNamespaces.max(20),
});
export type VeleroDrillSpec = z.output<typeof veleroDrill>;

function isShorter(text: string, limit: string): boolean {
  try {
    return durationMs(text) < durationMs(limit);
  } catch {
    return false;
  }
}

export const veleroDrillKind = stepKind(veleroDrill)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: {
    objectStore: { kind: 's3', what: 'objectStore' },
    'databases.*.target': { kind: 'postgres', what: 'databases' },
    'buckets.*.target': { kind: 's3', what: 'buckets' },
  },
  declares: null,
  rights: {
    others: ({ namespace, includedNamespaces, inspector }) => [
      veleroRight('Schedule', ['get', 'list', 'watch'], namespace),
      veleroRight('Backup', ASKED, namespace),
      veleroRight('Restore', [...ASKED, 'delete'], namespace),
      veleroRight('BackupStorageLocation', ['get', 'list'], namespace),
      { apiVersion: 'v1', kind: 'ConfigMap', namespace, verbs: KEPT },
      { apiVersion: 'v1', kind: 'Secret', namespace, verbs: KEPT },
      ...namespacesRead(includedNamespaces),
      // Namespaces are made for what is restored, under names that nobody knows before.
      { apiVersion: 'v1', kind: 'Namespace', verbs: KEPT },
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', verbs: ['get', 'create', 'patch'] },
      { apiVersion: 'v1', kind: 'ConfigMap', verbs: ['create', 'patch', 'delete'] },
      { apiVersion: 'v1', kind: 'Secret', verbs: ['create', 'patch', 'delete'] },
      ...(inspector === undefined
        ? []
        : ([
            { apiVersion: 'v1', kind: 'Pod', verbs: [...KEPT, 'watch'] },
            { apiVersion: 'v1', kind: 'Pod', verbs: ['get'], subresource: 'log' },
            { apiVersion: 'v1', kind: 'PersistentVolume', verbs: ['list', 'patch'] },
            veleroRight('PodVolumeBackup', ['list'], namespace),
          ] as const)),
    ],
  },
  byHand: false,
  proves: true,
  drifts: null,
  docs: { page: 'steps/velero.md', summary: 'a restore carried out apart, compared and timed: the proof of a backup' },
});
