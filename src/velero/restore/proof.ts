import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { judgeBackup } from '../backup/judge.ts';
import { BACKUP_OF, DRILL_VERDICT, INCOMPLETE, PROVEN_AT } from '../backup/objects.ts';
import { backupStatus } from '../backup/status.ts';
import { SCHEDULE_LABEL } from '../schedule/objects.ts';
import { textsAt } from '../values.ts';

/** What is known of a backup before it is restored. */
export interface Standing {
  readonly proven: boolean;
  /** Everything that speaks against restoring it; empty when it is good and proven. */
  readonly against: readonly string[];
  /** In words: what speaks for it, or what is missing. */
  readonly words: readonly string[];
}

/** Judges a backup by its own status and by its drills: those marked on the cluster, else those that the record knows. */
export function standingOf(
  backup: KubernetesObject,
  { recordedProofs }: Pick<VeleroRestoreSpec, 'recordedProofs'>,
): Standing {
  const { metadata } = backup;
  const { faults } = judgeBackup(backupStatus(backup), 'not read');
  const verdict = metadata.annotations?.[DRILL_VERDICT];
  const recorded = recordedProofs.findLast(({ backup: name }) => name === metadata.name);
  const proof =
    verdict === 'proven'
      ? `proven by a drill at ${metadata.annotations?.[PROVEN_AT] ?? 'a time that nobody wrote down'}`
      : verdict === undefined && recorded !== undefined
        ? `proven by ${recorded.by} at ${recorded.at}, as the record says; the cluster has no mark of it`
        : null;
  const unproven = verdict === undefined ? 'no drill has proven it' : 'a drill refuted it';
  const incomplete = metadata.annotations?.[INCOMPLETE] === undefined ? [] : ['it lacks some of what it was asked for'];
  const against = [
    ...[...faults, ...incomplete].map((fault) => `it is not good: ${fault}`),
    ...(proof === null ? [unproven] : []),
  ];
  const { completed, itemsBackedUp } = backupStatus(backup);
  return {
    proven: proof !== null,
    against,
    words: [
      `made ${completed ?? 'at a time that is not known'}, ${String(itemsBackedUp)} items`,
      ...(proof === null ? [] : [proof]),
      ...against.map((fault) => `UNPROVEN, allowed by allowUnproven: ${fault}`),
    ],
  };
}

/** Whether a drill, a backup step or a schedule of one of these names made the backup. */
export function isOf(names: readonly string[], { metadata: { labels } }: KubernetesObject): boolean {
  return [labels?.[BACKUP_OF], labels?.[SCHEDULE_LABEL]].some((name) => name !== undefined && names.includes(name));
}

/** Whether the backup was asked to hold these namespaces; all of them when none are named. */
export function covers(namespaces: readonly string[] | undefined, { spec }: KubernetesObject): boolean {
  const included = textsAt(spec, 'includedNamespaces');
  const excluded = textsAt(spec, 'excludedNamespaces');
  const all = included.length === 0 || included.includes('*');
  return (namespaces ?? []).every((name) => (all || included.includes(name)) && !excluded.includes(name));
}
