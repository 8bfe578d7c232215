import type { Finding } from '../../domain/evidence.ts';
import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { numberAt, fieldAt, textAt } from '../values.ts';
import type { RestoreOutcome } from './judge.ts';
import type { Live } from './live.ts';
import type { Source } from './source.ts';
import { keyOf, wordsOf, type WantedObject } from './wanted.ts';

/** How many missing objects are named. */
const NAMED = 20;

/** What is known of a restore that is over. */
export function restoreFinding(
  spec: VeleroRestoreSpec,
  restore: KubernetesObject,
  outcome: Pick<RestoreOutcome, 'faults' | 'warnings'> | null,
  now: Date = new Date(),
): Finding {
  const { status, metadata } = restore;
  const [started, completed] = [textAt(status, 'startTimestamp'), textAt(status, 'completionTimestamp')];
  const seconds = started === null || completed === null ? null : (Date.parse(completed) - Date.parse(started)) / 1_000;
  return {
    kind: 'restore',
    about: {
      restore: { namespace: spec.namespace, name: metadata.name },
      backup: textAt(restore.spec, 'backupName') ?? '',
    },
    holds: textAt(status, 'phase') === 'Completed' && numberAt(status, 'errors') === 0,
    how: 'real',
    source: `/apis/velero.io/v1/namespaces/${spec.namespace}/restores/${metadata.name}`,
    time: now.toISOString(),
    observed: {
      phase: textAt(status, 'phase'),
      items: numberAt(fieldAt(status, 'progress'), 'itemsRestored'),
      errors: numberAt(status, 'errors'),
      warnings: numberAt(status, 'warnings'),
      started,
      completed,
      seconds,
      namespaces: spec.includedNamespaces ?? ['*'],
      existing: spec.existing,
      ...(Object.keys(spec.namespaceMapping).length === 0 ? {} : { namespaceMapping: spec.namespaceMapping }),
      ...(outcome === null || outcome.warnings.length === 0 ? {} : { warningsQuoted: outcome.warnings }),
    },
  };
}

/** Whether all that stands for itself is on the cluster now. Whether workloads are ready is for other steps to find out. */
export function presenceFinding(
  spec: VeleroRestoreSpec,
  source: Source,
  { wanted, live }: { readonly wanted: readonly WantedObject[]; readonly live: Live },
  now: Date = new Date(),
): Finding {
  const own = wanted.filter(({ follows }) => !follows);
  const missing = own.filter((object) => !live.there.has(keyOf(object)));
  return {
    kind: 'restored-objects',
    about: { backup: { namespace: spec.namespace, name: source.backup } },
    holds: missing.length === 0,
    how: 'real',
    source: `resource list of Backup ${spec.namespace}/${source.backup}, against the lists of the API server`,
    time: now.toISOString(),
    observed: {
      objects: own.length,
      missing: missing.slice(0, NAMED).map(wordsOf),
      ...(missing.length > NAMED ? { moreMissing: missing.length - NAMED } : {}),
      proven: source.standing.proven,
      against: source.standing.against,
    },
  };
}
