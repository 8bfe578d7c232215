import type { BucketReader } from '../domain/bucket-reader.ts';
import type { BucketWriter } from '../domain/bucket-writer.ts';
import type { OpenDrillPart } from '../domain/drill-part.ts';
import type { VeleroDrillSpec } from '../domain/kinds/velero-drill.ts';
import type { KubernetesApi } from '../domain/kubernetes-api.ts';
import { databasePart } from '../postgres/dump/part.ts';
import { besideBackup } from '../velero/drill/beside-backup.ts';
import type { Connections } from './connections.ts';

/** The databases of a drill as its parts: their dumps lie beside the backup, in its bucket. */
export async function databaseParts(
  spec: VeleroDrillSpec,
  connections: Pick<Connections, 'postgres'>,
  api: KubernetesApi,
  bucket: { readonly reader: BucketReader; readonly writer: BucketWriter },
): Promise<readonly OpenDrillPart[]> {
  return Promise.all(
    spec.databases.map(async ({ target, database, keepDump }, number): Promise<OpenDrillPart> => {
      const connection = await connections.postgres(target);
      const file = `windlass-${target}-${database}.dump`;
      const placeOf = (backup: string, signal: AbortSignal) => besideBackup(api, spec, backup, file, signal);
      return (drill) =>
        databasePart({ ...bucket, target, database, number, keep: keepDump, connection, placeOf }, drill);
    }),
  );
}
