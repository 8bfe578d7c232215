import { z } from 'zod';
import { duration, name } from './common.ts';

/** `velero.location`: a backup storage location that Velero itself calls Available. */
export const veleroLocation = z.strictObject({
  name,
  namespace: name.default('velero'),
  objectStore: name.describe('The s3 target whose address and credentials the location uses.'),
  bucket: z.string().min(3),
  prefix: z.string().optional(),
  isDefault: z.boolean().default(false),
  validationFrequency: duration.default('1m').describe('How often Velero looks whether the store answers.'),
  availableWithin: duration.default('2m'),
});
export type VeleroLocationSpec = z.output<typeof veleroLocation>;
