import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesApi, KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import type { S3Connection } from '../../src/objectstore/client.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { bucketWriter } from '../../src/objectstore/writer.ts';
import { newestGood } from '../../src/velero/backup/good.ts';
import { BACKUP, BACKUP_OF } from '../../src/velero/backup/objects.ts';
import type { DrillTools } from '../../src/velero/drill/open.ts';
import { platform } from './platform.ts';

/** What a drill on the lab works with: every target of kind `s3` is the lab's. */
export function drillTools(api: KubernetesClient, store: S3Connection): DrillTools {
  const reader = bucketReader(store);
  return {
    api,
    reader,
    kinds: (signal) => api.discovery.namespacedKinds(signal),
    allKinds: (signal) => api.discovery.keptKinds(signal),
    buckets: () => Promise.resolve({ reader, writer: bucketWriter(store) }),
  };
}

/**
 * The good backup of a step. Velero may need two attempts on a lab where other tests take kinds of their own away while
 * it looks through all kinds: the first then ends with errors, and says so.
 */
export async function goodBackupOf(api: KubernetesApi, step: string): Promise<KubernetesObject> {
  const made = await api.list(BACKUP, { namespace: 'velero', labelSelector: `${BACKUP_OF}=${step}` });
  const good = newestGood(made);
  if (good === null) throw new Error(`None of ${made.length} backups of ${step} is good.`);
  return good;
}

/** The objects of a platform in a namespace, without what their controllers note in them as they run. */
export async function originalsOf(api: KubernetesApi, namespace: string): Promise<readonly JsonObject[]> {
  const kinds = platform(namespace).map(({ apiVersion, kind }) => ({ apiVersion, kind }));
  const unique = [
    ...new Map(kinds.filter(({ kind }) => kind !== 'Namespace').map((kind) => [kind.kind, kind])).values(),
  ];
  const lists = await Promise.all(unique.map((kind) => api.list(kind, { namespace })));
  return lists.flat().map(({ metadata, spec: body = null, data = null }) => ({
    name: metadata.name,
    uid: metadata.uid ?? null,
    spec: body,
    data,
  }));
}
