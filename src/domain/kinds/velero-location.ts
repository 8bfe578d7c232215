import { z } from 'zod';
import type { ObjectRef } from '../kubernetes-api.ts';
import { duration, name, targetName } from './common.ts';
import { stepKind } from './descriptor.ts';
import { veleroRight } from './rights.ts';

/** `velero.location`: a backup storage location that Velero itself calls Available. */
export const veleroLocation = z.strictObject({
  name,
  namespace: name.default('velero'),
  objectStore: targetName.describe('The s3 target whose address and credentials the location uses.'),
  bucket: z.string().min(3),
  prefix: z.string().optional(),
  isDefault: z.boolean().default(false),
  validationFrequency: duration.default('1m').describe('How often Velero looks whether the store answers.'),
  availableWithin: duration.default('2m'),
  force: z.boolean().default(false).describe('Take over fields that another manager owns.'),
});
export type VeleroLocationSpec = z.output<typeof veleroLocation>;

export function locationRef({ namespace, name }: VeleroLocationSpec): ObjectRef {
  return { apiVersion: 'velero.io/v1', kind: 'BackupStorageLocation', namespace, name };
}

/** The Secret with the credentials that Velero uses for the location. */
export function credentialsRef({ namespace, name }: VeleroLocationSpec): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name: `${name}-credentials` };
}

export const veleroLocationKind = stepKind(veleroLocation)({
  targets: ['kubernetes'],
  gateOnly: false,
  files: {},
  uses: { objectStore: { kind: 's3', what: 'objectStore' } },
  declares: { as: 'owner', of: (spec) => ({ objects: [locationRef(spec), credentialsRef(spec)] }) },
  rights: {
    declared: () => ['get', 'create', 'patch'],
    others: ({ namespace }) => [veleroRight('BackupStorageLocation', ['list', 'watch'], namespace)],
  },
  byHand: false,
  proves: false,
  drifts: 'state',
  docs: { page: 'steps/velero.md', summary: 'a storage location that Velero calls Available' },
});
