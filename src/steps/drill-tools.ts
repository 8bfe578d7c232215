import { dumpFile } from '../domain/drill/database-names.ts';
import type { BucketReader } from '../domain/bucket-reader.ts';
import type { BucketWriter } from '../domain/bucket-writer.ts';
import type { OpenDrillPart } from '../domain/drill-part.ts';
import type { VeleroDrillSpec } from '../domain/kinds/velero-drill.ts';
import type { KubernetesApi } from '../domain/kubernetes-api.ts';
import type { StepOf } from '../domain/step.ts';
import type { KubernetesClient } from '../kubernetes/client/client.ts';
import { bucketReader } from '../objectstore/reader.ts';
import { bucketWriter } from '../objectstore/writer.ts';
import type { PostgresConnection } from '../postgres/connection.ts';
import { databasePart } from '../postgres/dump/part.ts';
import { besideBackup } from '../velero/drill/beside-backup.ts';
import type { DrillTools } from '../velero/drill/open.ts';
import type { Connections } from './connections.ts';

/**
 * What a drill works with, from all rooms; whoever asks closes the API.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, `InvalidRollout`.
 */
export async function drillTools(
  { target, with: spec }: Pick<StepOf<'velero.drill'>, 'target' | 'with'>,
  connections: Connections,
): Promise<DrillTools & { readonly api: KubernetesClient }> {
  const store = await connections.s3(spec.objectStore);
  const bucket = { reader: bucketReader(store), writer: bucketWriter(store) };
  const databases = await Promise.all(spec.databases.map((database) => connections.postgres(database.target)));
  const api = await connections.cluster(target);
  return {
    api,
    reader: bucket.reader,
    kinds: (signal) => api.discovery.namespacedKinds(signal),
    allKinds: (signal) => api.discovery.keptKinds(signal),
    logs: (pod, signal) => api.logs(pod, signal),
    buckets: async (of) => {
      const connection = await connections.s3(of);
      return { reader: bucketReader(connection), writer: bucketWriter(connection) };
    },
    parts: databaseParts(spec, databases, api, bucket),
  };
}

/**
 * The databases of a drill as its parts: their dumps lie beside the backup, in its bucket.
 *
 * @param connections to the servers of the databases, in their order.
 * @internal exported for its tests
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
    const file = dumpFile(target, database);
    const placeOf = (backup: string, signal: AbortSignal) => besideBackup(api, spec, backup, file, signal);
    return [(drill) => databasePart({ ...bucket, target, database, number, keep, connection, placeOf }, drill)];
  });
}
