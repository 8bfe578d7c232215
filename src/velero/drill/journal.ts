import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { jsonText, parseJson, type Json } from '../../domain/json.ts';
import type { KubernetesApi, KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { isObject } from '../../domain/json-fields.ts';
import { LIMITS } from '../../domain/limits.ts';
import { fieldAt, textAt } from '../values.ts';

/** What must survive the worker that runs a drill. */
export interface Journal {
  /** In the sentinels: what comes back with it comes from the backup of this drill. */
  readonly nonce: string;
  /** The backup, once it is made and what it must hold is recorded. */
  readonly backup: string | null;
  /** By the name of a part: what it planted; what it recorded, once there is a backup. */
  readonly parts: Readonly<Record<string, Json>>;
}

/** Of the Secrets that are journals; sentinels are Secrets too. */
const TYPE = 'windlass.dev/drill-journal';
const texts = z.object({ nonce: z.string(), backup: z.string().optional() });
const PART = 'part-';

/**
 * Reads a journal; null when there is none.
 *
 * @throws WindlassFailure as `KubernetesApi.get` does.
 */
export async function readJournal(api: KubernetesApi, ref: ObjectRef, signal: AbortSignal): Promise<Journal | null> {
  const found = await api.get(ref, { signal });
  return found === null ? null : journalOf(found);
}

/** Null for an object that is no journal, or one that somebody damaged: no later drill may stumble over it. */
export function journalOf(object: KubernetesObject): Journal | null {
  const data = fieldAt(object, 'data');
  if (object['type'] !== TYPE || !isObject(data)) return null;
  const fields = Object.keys(data).map((field) => [field, Buffer.from(textAt(data, field) ?? '', 'base64')] as const);
  const parsed = texts.safeParse(Object.fromEntries(fields.map(([field, bytes]) => [field, bytes.toString('utf8')])));
  if (!parsed.success) return null;
  try {
    const parts = fields
      .filter(([field]) => field.startsWith(PART))
      .map(([field, bytes]) => [field.slice(PART.length), unpacked(bytes)] as const);
    return { nonce: parsed.data.nonce, backup: parsed.data.backup ?? null, parts: Object.fromEntries(parts) };
  } catch {
    return null;
  }
}

/**
 * Writes it down. A Secret, since the hash of a short secret value tells the value to whoever tries them all.
 *
 * @throws WindlassFailure as `KubernetesApi.apply` does.
 */
export async function writeJournal(
  api: KubernetesApi,
  { apiVersion, kind, namespace = '', name }: ObjectRef,
  labels: Readonly<Record<string, string>>,
  { nonce, backup, parts }: Journal,
  signal: AbortSignal,
): Promise<void> {
  const fields: [string, Buffer][] = [
    ['nonce', Buffer.from(nonce)],
    ...(backup === null ? [] : ([['backup', Buffer.from(backup)]] satisfies [string, Buffer][])),
    ...Object.entries(parts).map(([part, state]): [string, Buffer] => [`${PART}${part}`, packed(state)]),
  ];
  await api.apply(
    {
      apiVersion,
      kind,
      metadata: { name, namespace, labels },
      type: TYPE,
      data: Object.fromEntries(fields.map(([field, bytes]) => [field, bytes.toString('base64')])),
    },
    { signal },
  );
}

function packed(state: Json): Buffer {
  return gzipSync(jsonText(state));
}

/** @throws Error of zlib, SyntaxError */
function unpacked(bytes: Buffer): Json {
  return parseJson(gunzipSync(bytes, { maxOutputLength: LIMITS.unpacked.most }).toString('utf8'));
}
