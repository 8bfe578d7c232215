import type { StepOf } from '../domain/step.ts';
import type { KubernetesClient } from '../kubernetes/client/client.ts';
import { openKubernetes } from '../kubernetes/client/open.ts';
import { bucketReader } from '../objectstore/reader.ts';
import { bucketWriter } from '../objectstore/writer.ts';
import type { DrillTools } from '../velero/drill/open.ts';
import type { Connections } from './connections.ts';
import { databaseParts } from './database-parts.ts';

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
  const api = await openKubernetes(await connections.kubernetes(target));
  return {
    api,
    reader: bucket.reader,
    kinds: (signal) => api.discovery.namespacedKinds(signal),
    logs: (pod, signal) => api.logs(pod, signal),
    buckets: async (of) => {
      const connection = await connections.s3(of);
      return { reader: bucketReader(connection), writer: bucketWriter(connection) };
    },
    parts: databaseParts(spec, databases, api, bucket),
  };
}
