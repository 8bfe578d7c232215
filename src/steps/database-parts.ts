import type { BucketReader } from '../domain/bucket-reader.ts';
import type { BucketWriter } from '../domain/bucket-writer.ts';
import type { OpenDrillPart } from '../domain/drill-part.ts';
import type { VeleroDrillSpec } from '../domain/kinds/velero-drill.ts';
import type { KubernetesApi } from '../domain/kubernetes-api.ts';
import type { PostgresConnection } from '../postgres/connection.ts';
import { databasePart } from '../postgres/dump/part.ts';
import { besideBackup } from '../velero/drill/beside-backup.ts';

/**
 * The databases of a drill as its parts: their dumps lie beside the backup, in its bucket.
 *
 * @param connections to the servers of the databases, in their order.
 */
export function databaseParts(
  spec: VeleroDrillSpec,
  connections: readonly PostgresConnection[],
  api: KubernetesApi,
  bucket: { readonly reader: BucketReader; readonly writer: BucketWriter },
): readonly OpenDrillPart[] {
  return spec.databases.flatMap(({ target, database, keepDump: keep }, number) => {
    const connection = connections[number];
    if (connection === undefined) return [];
    const file = `windlass-${target}-${database}.dump`;
    const placeOf = (backup: string, signal: AbortSignal) => besideBackup(api, spec, backup, file, signal);
    return [(drill) => databasePart({ ...bucket, target, database, number, keep, connection, placeOf }, drill)];
  });
}
