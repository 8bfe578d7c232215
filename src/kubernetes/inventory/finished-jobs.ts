import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../../domain/json.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { jsonIn, read, readObject, readText } from '../../domain/json-fields.ts';
import type { Declared } from '../declare.ts';
import { isJob } from '../identity.ts';
import type { InventoryRef } from './apply-set.ts';
import { union, type Contents } from './contents.ts';
import { writeInventory } from './inventory.ts';

/**
 * A Job that its own time to live removes once it has ended. It is remembered beside the inventory, on the cluster, so that a
 * later run does not run it again: see docs/decisions/0018-finished-jobs.md.
 */
export interface RememberedJob {
  /** Of the declaration that is carried out: another one is another Job. */
  readonly digest: string;
  readonly uid: string;
  /** When it was seen complete, as ISO 8601; null while nobody has. */
  readonly completed: string | null;
  /** The uid of its namespace; absent where that could not be read. */
  readonly namespace?: string;
}

/** So many are remembered, the latest ones. */
const REMEMBERED = 1_000;
const KEY = /^job\./;

/** Whether a Job is deleted by itself once it has ended. */
export function goesByItself(declared: KubernetesObject): boolean {
  return isJob(declared) && typeof read(declared, 'spec', 'ttlSecondsAfterFinished') === 'number';
}

/** What a Job does as it is written, whatever it is called and however it is labelled. */
export function jobDigest({ manifest }: Declared): string {
  return createHash('sha256')
    .update(canonicalJson(manifest.object.spec ?? null))
    .digest('hex');
}

/** Those that are remembered, by `jobKey`. @throws WindlassFailure as `KubernetesApi.get` does. */
export async function rememberedJobs(
  { ref }: InventoryRef,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, RememberedJob>> {
  return jobsIn(await client.get(ref, { signal }));
}

/**
 * Remembers Jobs, by `jobKey`, over what is remembered of them.
 *
 * @param members where they are: an inventory that was lost knows of them again.
 * @throws WindlassFailure as `recordMembers`.
 */
export async function rememberJobs(
  inventory: InventoryRef,
  jobs: ReadonlyMap<string, RememberedJob>,
  members: Contents,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  if (jobs.size === 0) return;
  await writeInventory(inventory, client, signal, (contents, parent) => {
    const wanted = union(contents, members);
    const known = jobsIn(parent);
    const fresh = [...jobs].filter(([key, job]) => !isKnown(job, known.get(key)));
    if (fresh.length === 0) return { contents: wanted };
    const entries = fresh.map(([key, job]) => [key, JSON.stringify(over(job, known.get(key)))] as const);
    const kept = [...known].filter(([key]) => !jobs.has(key));
    const byAge = kept.sort(([, a], [, b]) => ((a.completed ?? '') < (b.completed ?? '') ? -1 : 1));
    const forgotten = byAge
      .slice(0, Math.max(0, kept.length + jobs.size - REMEMBERED))
      .map(([key]) => [key, null] as const);
    return { contents: wanted, data: Object.fromEntries<Json>([...entries, ...forgotten]) };
  });
}

/** A key of a ConfigMap for a Job. */
export function jobKey({ namespace = '', name }: ObjectRef): string {
  return `job.${createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 40)}`;
}

/**
 * Makes it forget Jobs, by `jobKey`: they run again.
 *
 * @throws WindlassFailure as `narrowInventory`.
 */
export async function forgetJobs(
  inventory: InventoryRef,
  isForgotten: (key: string) => boolean,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  await writeInventory(inventory, client, signal, (contents, parent) => {
    const keys = [...jobsIn(parent).keys()].filter(isForgotten);
    return keys.length === 0 ? null : { contents, data: Object.fromEntries(keys.map((key) => [key, null])) };
  });
}

function isKnown(job: RememberedJob, known: RememberedJob | undefined): boolean {
  return (
    isSameJob(job, known) &&
    (known?.completed !== null || job.completed === null) &&
    (job.namespace === undefined || known?.namespace === job.namespace)
  );
}

function isSameJob(job: RememberedJob, known: RememberedJob | undefined): boolean {
  return known?.digest === job.digest && known.uid === job.uid;
}

/** What has ended once stays so. */
function over(job: RememberedJob, known: RememberedJob | undefined): RememberedJob {
  return isSameJob(job, known) ? { ...job, completed: known?.completed ?? job.completed } : job;
}

function jobsIn(parent: KubernetesObject | null): ReadonlyMap<string, RememberedJob> {
  const data = readObject(parent ?? null, 'data');
  return new Map(
    Object.keys(data)
      .filter((key) => KEY.test(key))
      .flatMap((key): [string, RememberedJob][] => {
        const job = parsed(readText(data, key) ?? '');
        return job === null ? [] : [[key, job]];
      }),
  );
}

function parsed(text: string): RememberedJob | null {
  const job = jsonIn(text);
  const digest = readText(job, 'digest');
  const uid = readText(job, 'uid');
  if (digest === undefined || uid === undefined) return null;
  const namespace = readText(job, 'namespace');
  const base = { digest, uid, completed: readText(job, 'completed') ?? null };
  return namespace === undefined ? base : { ...base, namespace };
}
