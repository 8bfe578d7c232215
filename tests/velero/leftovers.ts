import type { EngineContext } from '../../src/domain/step-engine.ts';
import type { KubernetesApi } from '../../src/domain/kubernetes-api.ts';
import { DRILL_STEP } from '../../src/velero/backup/objects.ts';
import { drillKeys } from '../../src/velero/drill/names.ts';
import { RESTORE } from '../../src/velero/restore/judge.ts';

const KINDS = [...['Namespace', 'Pod', 'ConfigMap', 'Secret'].map((kind) => ({ apiVersion: 'v1', kind })), RESTORE];

/** Selects what drills of one step made, whatever their run. */
export function ofStep(owner: EngineContext['owner']): string {
  return `${DRILL_STEP}=${drillKeys(owner).step}`;
}

/** What drills made beside their backups, and have not taken away: `Secret windlass-drill-...`. */
export async function leftoversOf(api: Pick<KubernetesApi, 'list'>, labelSelector: string): Promise<string[]> {
  const lists = await Promise.all(KINDS.map((kind) => api.list(kind, { labelSelector })));
  return lists.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
