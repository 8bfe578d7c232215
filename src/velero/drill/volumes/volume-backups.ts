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
