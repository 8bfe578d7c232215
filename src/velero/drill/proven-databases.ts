import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';

/** On a backup: which databases were proven together with it, as `target/database`. */
export const PROVEN_DATABASES = 'windlass.dev/proven-databases';

/** The databases of a drill, as `target/database`. */
export function databasesOf({ databases }: Pick<VeleroDrillSpec, 'databases'>): readonly string[] {
  return databases.map(({ target, database }) => `${target}/${database}`).sort();
}

/** The databases that were proven together with a backup. */
export function provenDatabases(backup: KubernetesObject | null): readonly string[] {
  const names = backup?.metadata.annotations?.[PROVEN_DATABASES] ?? '';
  return names === '' ? [] : names.split(',');
}

/** Whether a backup that was proven was so with every database of the step: they may have been added since. */
export function provesDatabases(backup: KubernetesObject, spec: Pick<VeleroDrillSpec, 'databases'>): boolean {
  const proven = provenDatabases(backup);
  return databasesOf(spec).every((name) => proven.includes(name));
}
