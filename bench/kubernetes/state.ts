import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { readText } from '../../src/domain/json-fields.ts';
import type { BenchCluster } from './cluster.ts';
import { NAMESPACE } from './objects.ts';
import { RawServer } from './raw.ts';

const KINDS = [
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'ServiceAccount' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
] as const;
const STILL_MS = 500;

/** The versions of all objects of the contestants, as soon as controllers have stopped to change them. */
export async function settledVersions(cluster: BenchCluster): Promise<ReadonlyMap<string, string>> {
  const client = await cluster.client();
  const versions = async (): Promise<Map<string, string>> => {
    const lists = await Promise.all(KINDS.map((kind) => client.list(kind, { namespace: NAMESPACE })));
    return new Map(
      lists.flat().map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion ?? '']),
    );
  };
  try {
    for (let before = await versions(); ;) {
      await sleep(STILL_MS);
      const now = await versions();
      if (isSame(before, now)) return now;
      before = now;
    }
  } finally {
    await client.close();
  }
}

export function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

/** One object in a hundred as somebody else has edited it: half ConfigMaps, half Services. */
export async function drift(cluster: BenchCluster, count: number): Promise<void> {
  const server = new RawServer(cluster.kubeconfig, 1);
  try {
    for (const [kind, change] of EDITS)
      for (let index = 0; index < count / 200; index++) {
        const path = `/api/v1/namespaces/${NAMESPACE}/${kind}/app-${String(index).padStart(5, '0')}?fieldManager=somebody`;
        const status = await server.ask('PATCH', path, JSON.stringify(change), 'application/merge-patch+json');
        if (status >= 300) throw new Error(`${path}: ${status}`);
      }
  } finally {
    await server.close();
  }
}

const EDITED = 'edited';
const PART_OF = 'app.kubernetes.io/part-of';
const EDITS = [
  ['configmaps', { data: { LOG_LEVEL: EDITED } }],
  ['services', { metadata: { labels: { [PART_OF]: EDITED } } }],
] as const;

/** @throws Error when an edit is still there. */
export async function assertRepaired(cluster: BenchCluster): Promise<void> {
  const client = await cluster.client();
  try {
    const lists = await Promise.all(KINDS.map((kind) => client.list(kind, { namespace: NAMESPACE })));
    if (lists.flat().some(isEdited)) throw new Error('an edit was not repaired');
  } finally {
    await client.close();
  }
}

function isEdited(object: KubernetesObject): boolean {
  return readText(object, 'data', 'LOG_LEVEL') === EDITED || object.metadata.labels?.[PART_OF] === EDITED;
}
