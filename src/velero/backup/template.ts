import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import type { VeleroSelection } from '../../domain/kinds/velero-selection.ts';
import { goDuration } from '../go-duration.ts';

/** The `spec` of a Backup, and the `template` of a Schedule. */
export function templateOf(selection: VeleroSelection): JsonObject {
  const { includedNamespaces, includedResources, excludedResources, includeClusterResources, volumes } = selection;
  return {
    includedNamespaces,
    ...(includedResources === undefined ? {} : { includedResources }),
    ...(excludedResources === undefined ? {} : { excludedResources }),
    ...(includeClusterResources === undefined ? {} : { includeClusterResources }),
    snapshotVolumes: volumes === 'snapshot',
    defaultVolumesToFsBackup: volumes === 'file-system',
    storageLocation: selection.storageLocation,
    ttl: goDuration(selection.ttl),
  };
}

/** Tells whether two backups were asked to hold the same: 16 hex digits. */
export function selectionDigest(selection: VeleroSelection): string {
  return createHash('sha256')
    .update(canonicalJson(templateOf(selection)))
    .digest('hex')
    .slice(0, 16);
}
