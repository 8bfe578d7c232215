import { z } from 'zod';
import { duration, name } from './common.ts';

const names = z.array(name).min(1);
/** `configmaps`, `deployments.apps`: as Velero names resources. */
const resources = z.array(
  z.string().regex(/^[a-z0-9.-]+$/, 'must be a resource such as configmaps or deployments.apps'),
);

/** What a backup holds, and how long it is kept: shared by the kinds that make backups. */
export const veleroSelection = {
  includedNamespaces: names.describe('The namespaces that are backed up.'),
  includedResources: resources.min(1).optional().describe('Only these resources; all when absent.'),
  excludedResources: resources.min(1).optional(),
  includeClusterResources: z
    .boolean()
    .optional()
    .describe('Whether cluster-scoped objects go in too; by default those that the namespaced ones need.'),
  volumes: z
    .enum(['none', 'file-system', 'snapshot'])
    .default('none')
    .describe('How the data in volumes is backed up: not, by the node agent, or by snapshots of the storage.'),
  storageLocation: name.default('default'),
  ttl: duration.default('30d').describe('After this Velero deletes the backup.'),
};
export type VeleroSelection = z.output<z.ZodObject<typeof veleroSelection>>;
