import { z } from 'zod';
import { unpackedWithin } from '../../bounded.ts';
import type { BucketReader } from '../../domain/bucket-reader.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { OverLimit } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { KindRef } from '../../domain/kubernetes-api.ts';
import { keyIn, type Place } from './results.ts';

/** One object that Velero lists. */
export interface ListedObject extends KindRef {
  /** Null for what lives in no namespace. */
  readonly namespace: string | null;
  readonly name: string;
}

/** What became of an object in a restore: Velero's own words. */
export interface RestoredObject extends ListedObject {
  readonly became: 'created' | 'updated' | 'failed' | 'skipped';
}

/** The data of one volume of a pod, backed up file by file. */
export interface VolumeData {
  readonly namespace: string;
  readonly pod: string;
  readonly volume: string;
  /** Null for a volume without a claim. */
  readonly claim: string | null;
  readonly bytes: number;
}

/** What a backup holds, as Velero's files beside it say. */
export interface BackupContents {
  readonly objects: readonly ListedObject[];
  readonly volumes: readonly VolumeData[];
}

const resourceList = z.record(z.string(), z.array(z.string()).nullable());
const volumeBackups = z
  .array(
    z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()).nullish() }),
      spec: z.object({ pod: z.object({ namespace: z.string(), name: z.string() }), volume: z.string() }),
      status: z.object({ progress: z.object({ totalBytes: z.number().nullish() }).nullish() }).nullish(),
    }),
  )
  .nullable();

/**
 * Reads what a backup holds from the lists in the bucket: cheap beside the archive itself.
 *
 * @throws WindlassFailure `BackupFailed` when the list is not there or not what Velero writes, `LimitExceeded`, and of the bucket.
 */
export async function readContents(
  reader: Pick<BucketReader, 'read'>,
  place: Place,
  backup: string,
  signal: AbortSignal,
): Promise<BackupContents> {
  const at = (file: string): string => keyIn(place, `backups/${backup}/${backup}-${file}`);
  const list = await readJson(reader, place, at('resource-list.json.gz'), resourceList, signal);
  if (list === null) throw unreadable(at('resource-list.json.gz'), 'is not in the bucket');
  const volumes = await readJson(reader, place, at('podvolumebackups.json.gz'), volumeBackups, signal);
  return {
    objects: listed(list),
    volumes: (volumes ?? []).map(({ metadata, spec: { pod, volume }, status }) => ({
      namespace: pod.namespace,
      pod: pod.name,
      volume,
      claim: metadata.annotations?.['velero.io/pvc-name'] ?? null,
      bytes: status?.progress?.totalBytes ?? 0,
    })),
  };
}

/** What became of each object of a restore; null where Velero did not write it down. Throws as `readContents`. */
export async function readRestored(
  reader: Pick<BucketReader, 'read'>,
  place: Place,
  restore: string,
  signal: AbortSignal,
): Promise<readonly RestoredObject[] | null> {
  const key = keyIn(place, `restores/${restore}/restore-${restore}-resource-list.json.gz`);
  const list = await readJson(reader, place, key, resourceList, signal);
  return list === null ? null : listed(list).flatMap(becameOf);
}

/** The objects of a list by `group/version/Kind`, as `namespace/name` or `name`. */
function listed(list: z.output<typeof resourceList>): readonly ListedObject[] {
  return Object.entries(list).flatMap(([key, items]) => {
    const slash = key.lastIndexOf('/');
    const kind = { apiVersion: key.slice(0, slash), kind: key.slice(slash + 1) };
    return (items ?? []).map((item) => {
      const at = item.indexOf('/');
      return { ...kind, namespace: at < 0 ? null : item.slice(0, at), name: item.slice(at + 1) };
    });
  });
}

/** In the list of a restore each name ends with what became of it: `settings(created)`. */
function becameOf(object: ListedObject): readonly RestoredObject[] {
  const match = /^(.*)\((created|updated|failed|skipped)\)$/.exec(object.name);
  const [, name, became] = match ?? [];
  return name === undefined ? [] : [{ ...object, name, became: became as RestoredObject['became'] }];
}

async function readJson<T>(
  reader: Pick<BucketReader, 'read'>,
  { bucket }: Place,
  key: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T | null> {
  const content = await reader.read(bucket, key, { signal });
  if (content === null) return null;
  try {
    const unpacked = await unpackedWithin(content, LIMITS.unpacked, "Velero's list of what the backup holds", key);
    return schema.parse(JSON.parse(unpacked.toString('utf8')));
  } catch (error) {
    if (error instanceof OverLimit) throw error;
    throw unreadable(key, 'cannot be read');
  }
}

function unreadable(key: string, what: string): WindlassFailure {
  return new WindlassFailure('BackupFailed', `Velero's list of what the backup holds ${what}.`, {
    object: key,
    next: 'Choose another backup: what this one holds cannot be told.',
  });
}
