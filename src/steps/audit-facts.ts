import type { Collect } from '../audit/audit-engine.ts';
import { readLogin } from '../http/audit.ts';
import { readClusterFacts } from '../kubernetes/audit/read.ts';
import type { KubernetesClient } from '../kubernetes/client/client.ts';
import { concurrently } from '../kubernetes/concurrently.ts';
import { readBucketFacts } from '../objectstore/audit.ts';
import { readServerFacts } from '../postgres/audit.ts';
import type { Connections } from './connections.ts';

/** How long one service may take to answer, in milliseconds. */
const ANSWER_MS = 10_000;

/** Reads what an audit judges from a cluster and the other targets that its step names. The client stays the caller's. */
export function auditFacts(api: KubernetesClient, connections: Connections): Collect {
  return async (spec, context) => {
    const { signal } = context;
    const [cluster, databases, buckets, logins] = await Promise.all([
      readClusterFacts(api, signal),
      each(spec.databases, async ({ target }) => readServerFacts(await connections.postgres(target), context)),
      each(spec.buckets, async ({ target, ...bucket }) =>
        readBucketFacts(await connections.s3(target), bucket, signal),
      ),
      each(spec.services, async (service) =>
        readLogin(await connections.address(service.target), service, { ...context, ms: ANSWER_MS }),
      ),
    ]);
    return { facts: { cluster, databases, buckets, logins }, source: `API server ${api.address}` };
  };
}

async function each<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Map<Item, Result>();
  await concurrently(items, async (item) => void results.set(item, await read(item)));
  return items.flatMap((item) => {
    const result = results.get(item);
    return result === undefined ? [] : [result];
  });
}
