import { z } from 'zod';
import { duration, name, sqlName } from './common.ts';
import { veleroSelection } from './velero-selection.ts';

/** A database that is dumped beside the backup, restored and compared. */
const database = z.strictObject({
  target: name.describe('The postgres target that holds it.'),
  database: sqlName,
  keepDump: z
    .boolean()
    .default(false)
    .describe('Whether the dump stays beside the backup, as long as that; else the drill removes it.'),
});

/** `velero.drill`: a backup that is really restored, compared and timed. */
export const veleroDrill = z.strictObject({
  name: name.max(40).describe('The first part of the names of the backups that are drilled.'),
  namespace: name.default('velero').describe('Where Velero lives.'),
  objectStore: name.describe('The s3 target that the storage location points to.'),
  maxAge: duration.default('24h').describe('A backup of this name and selection proven within this time is enough.'),
  within: duration.default('30m').describe('How long the backup, and then the restore, may take.'),
  rpo: duration.optional().describe('How old what a restore brings back may be; measured against every drill.'),
  rto: duration.optional().describe('How long a restore with its comparison may take; measured against every drill.'),
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
