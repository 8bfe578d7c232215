import { durationMs } from '../../domain/duration.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { reasonOf } from '../reason.ts';
import { fieldAt, textAt } from '../values.ts';
import type { Place } from './results.ts';

/** How long a location may be Unavailable before a backup is given up: Velero looks about once a minute. */
const PATIENCE = '3m';

/**
 * Waits until Velero calls the location Available, since a backup asked for before ends `FailedValidation`; tells where
 * its files lie.
 *
 * @throws WindlassFailure `LocationUnavailable`; `NotFound` where there is no such location.
 */
export async function availableLocation(
  api: KubernetesApi,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Place> {
  const ref: ObjectRef = { apiVersion: 'velero.io/v1', kind: 'BackupStorageLocation', namespace, name };
  const object = `BackupStorageLocation ${namespace}/${name}`;
  if ((await api.get(ref, { signal })) === null) {
    throw new WindlassFailure('NotFound', 'Velero has no such storage location.', {
      object,
      next: 'Put a step of kind velero.location before this one, or correct storageLocation.',
    });
  }
  const deadline = AbortSignal.timeout(durationMs(PATIENCE));
  let message = '';
  try {
    const kind = { apiVersion: ref.apiVersion, kind: ref.kind };
    for await (const { type, object: location } of api.watch(kind, {
      namespace,
      name,
      signal: AbortSignal.any([signal, deadline]),
    })) {
      if (type === 'DELETED') continue;
      message = textAt(location.status, 'message') ?? '';
      if (textAt(location.status, 'phase') !== 'Available') continue;
      return placeOf(location);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.aborted) throw error;
  }
  const { code, why, next } = reasonOf(message);
  throw new WindlassFailure(
    'LocationUnavailable',
    `Velero did not call the location Available for ${PATIENCE}: ${why}.`,
    {
      object,
      next,
      facts: { reason: code },
    },
  );
}

/** Where the files of a storage location lie. */
export function placeOf({ spec }: KubernetesObject): Place {
  const storage = fieldAt(spec, 'objectStorage');
  return {
    bucket: textAt(storage, 'bucket') ?? '',
    prefix: (textAt(storage, 'prefix') ?? '').replace(/^\/+|\/+$/g, ''),
  };
}
