import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../../domain/json.ts';
import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { read, readObject, readText } from '../fields.ts';
import { groupOf } from '../identity.ts';
import type { InventoryRef } from './apply-set.ts';
import { writeOwn } from './write.ts';

/**
 * Jobs that were seen complete and that their own time to live has removed since, or will. They are remembered beside the
 * inventory, on the cluster, so that a later run does not run them again: see docs/decisions/0016-finished-jobs.md.
 */
export interface FinishedJob {
  /** Of the declaration that was carried out: another one is another Job. */
  readonly digest: string;
  /** When it was seen complete, as ISO 8601. */
  readonly time: string;
}

/** So many are remembered, the latest ones. */
const REMEMBERED = 1_000;
const KEY = /^job\./;

export function isJob({ apiVersion, kind }: KindRef): boolean {
  return kind === 'Job' && groupOf(apiVersion) === 'batch';
}

/** Whether a Job is deleted by itself once it has ended. */
export function goesByItself(declared: KubernetesObject): boolean {
  return isJob(declared) && typeof read(declared, 'spec', 'ttlSecondsAfterFinished') === 'number';
}

/** What a Job does, whatever it is called and however it is labelled. */
export function jobDigest(declared: KubernetesObject): string {
  return createHash('sha256')
    .update(canonicalJson(declared.spec ?? null))
    .digest('hex');
}

/** Those that are remembered, by `finishedKey`. */
export async function readFinishedJobs(
  { ref }: InventoryRef,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FinishedJob>> {
  return finishedIn(await client.get(ref, { signal }));
}

/** Remembers Jobs, by `finishedKey`, over what is remembered of them. */
export async function rememberFinishedJobs(
  { ref }: InventoryRef,
  finished: ReadonlyMap<string, FinishedJob>,
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<void> {
  await writeOwn(ref, client, signal, (parent) => {
    const known = finishedIn(parent);
    const fresh = [...finished].filter(([key, { digest }]) => known.get(key)?.digest !== digest);
    if (fresh.length === 0) return null;
    const all = [...new Map([...known, ...fresh])].sort(([, a], [, b]) => (a.time < b.time ? -1 : 1));
    const forgotten = all.slice(0, Math.max(0, all.length - REMEMBERED)).map(([key]) => [key, null] as const);
    const entries = fresh.map(([key, job]) => [key, JSON.stringify(job)] as const);
    return { data: Object.fromEntries<Json>([...entries, ...forgotten]) };
  });
}

/** A key of a ConfigMap for a Job. */
export function finishedKey(namespace: string, name: string): string {
  return `job.${createHash('sha256').update(`${namespace}/${name}`).digest('hex').slice(0, 40)}`;
}

function finishedIn(parent: KubernetesObject | null): ReadonlyMap<string, FinishedJob> {
  const entries = Object.keys(readObject(parent ?? null, 'data')).filter((key) => KEY.test(key));
  return new Map(
    entries.flatMap((key): [string, FinishedJob][] => {
      const job = parsed(readText(parent ?? null, 'data', key) ?? '');
      return job === null ? [] : [[key, job]];
    }),
  );
}

function parsed(text: string): FinishedJob | null {
  try {
    const job = JSON.parse(text) as Json;
    const digest = readText(job, 'digest');
    const time = readText(job, 'time');
    return digest === undefined || time === undefined ? null : { digest, time };
  } catch {
    return null;
  }
}
