import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KindRef } from '../../domain/kubernetes-api.ts';
import { RESTORE } from '../restore/judge.ts';
import { dissolve, type NamespaceTools } from './isolation.ts';
import { DRILL, DRILL_STEP } from '../backup/objects.ts';
import type { DrillKeys } from './names.ts';

const SECRET: KindRef = { apiVersion: 'v1', kind: 'Secret' };
const CONFIG_MAP: KindRef = { apiVersion: 'v1', kind: 'ConfigMap' };

/** What earlier runs of the same step made. */
export function ofEarlierRuns({ step, run }: DrillKeys): string {
  return `${DRILL_STEP}=${step},${DRILL}!=${run}`;
}

/**
 * Takes away the objects that an earlier run of the same step left because its worker was killed and it never resumed.
 *
 * @throws WindlassFailure as `KubernetesApi` does, and as `dissolve` does.
 */
export async function sweepObjects(
  look: NamespaceTools,
  spec: VeleroDrillSpec,
  keys: DrillKeys,
  signal: AbortSignal,
): Promise<void> {
  const { api } = look;
  const { namespace, includedNamespaces } = spec;
  const labelSelector = ofEarlierRuns(keys);
  await dissolve(look, labelSelector, spec, signal);
  const left = [
    { kind: RESTORE, within: [namespace] },
    // Rules beside Velero, sentinels in the originals.
    { kind: CONFIG_MAP, within: [namespace, ...includedNamespaces] },
    { kind: SECRET, within: [namespace, ...includedNamespaces] },
  ].flatMap(({ kind, within }) => within.map((at) => ({ kind, at })));
  for (const { kind, at } of left) {
    for (const { metadata } of await api.list(kind, { namespace: at, labelSelector, signal }))
      await api.delete({ ...kind, namespace: at, name: metadata.name }, { signal });
  }
}
