import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { WindlassFailure } from '../../../domain/failure.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { KindRef, KubernetesApi } from '../../../domain/kubernetes-api.ts';
import { fieldAt, textAt } from '../../values.ts';

const VOLUME_BACKUP: KindRef = { apiVersion: 'velero.io/v1', kind: 'PodVolumeBackup' };

/** What Velero's node agents say of the volumes of a backup. */
export interface VolumeBackups {
  /** `namespace/name` of the claims whose data is in it. */
  readonly claims: ReadonlySet<string>;
  /** What is in it and belongs to no claim, so that nobody but its own pod could read it: named and not compared. */
  readonly others: readonly string[];
  /** Those that did not end well. */
  readonly faults: readonly string[];
}

/**
 * What the PodVolumeBackups of a backup say: which claims they hold, and which did not complete.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function volumeBackups(
  api: Pick<KubernetesApi, 'list'>,
  namespace: string,
  backup: string,
  signal: AbortSignal,
): Promise<VolumeBackups> {
  const labelSelector = `velero.io/backup-name=${backup}`;
  const made = (await api.list(VOLUME_BACKUP, { namespace, labelSelector, signal })).map(
    ({ metadata, spec, status }) => {
      const pod = fieldAt(spec, 'pod');
      const at = textAt(pod, 'namespace') ?? '';
      return {
        claim: metadata.annotations?.['velero.io/pvc-name'],
        at,
        name: `volume ${textAt(spec, 'volume') ?? ''} of Pod ${at}/${textAt(pod, 'name') ?? ''}`,
        phase: textAt(status, 'phase') ?? 'not begun',
        message: textAt(status, 'message'),
      };
    },
  );
  const good = made.filter(({ phase }) => phase === 'Completed');
  return {
    claims: new Set(good.flatMap(({ claim, at }) => (claim === undefined ? [] : [`${at}/${claim}`]))),
    others: good.flatMap(({ claim, name }) => (claim === undefined ? [name] : [])),
    faults: made
      .filter(({ phase }) => phase !== 'Completed')
      .map(({ name, phase, message }) => `the backup of ${name} is ${phase}${message === null ? '' : `: ${message}`}`),
  };
}

const volume = z.object({ claim: z.string(), files: z.string() });

/** What the volumes held before a backup was asked for, and the claims whose volumes nobody could list. */
export const planted = z.object({ read: z.array(volume), unread: z.array(z.string()) });

/** What a backup must hold. */
export const recorded = z.object({
  volumes: z.array(volume.extend({ moved: z.array(z.string()) })),
  /** What the backup lacks, in words. */
  faults: z.array(z.string()),
  others: z.array(z.string()),
});

/** @throws WindlassFailure `ExpectationFailed` for more files than the journal has room for. */
export function recordable(
  state: JsonObject & { readonly read: readonly { readonly claim: string; readonly files: string }[] },
): JsonObject {
  const size = gzipSync(JSON.stringify(state)).length;
  if (size <= LIMITS.volumeRecord.most) return state;
  const files = state.read.reduce((sum, { files: text }) => sum + text.split('\n').length, 0);
  throw new WindlassFailure(
    'ExpectationFailed',
    `The volumes hold ${String(files)} files, and their record would have ${String(size)} bytes; there is room for ${String(LIMITS.volumeRecord.most)}.`,
    {
      object: state.read.map(({ claim }) => `PersistentVolumeClaim ${claim}`).join(', '),
      next: 'Drill fewer namespaces in one step, or leave out `inspector`: the data is not proven then.',
    },
  );
}
