import type { BucketReader } from '../../domain/bucket-reader.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { assertFence } from '../../domain/fence.ts';
import { durationMs } from '../../domain/duration.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { readResults, type Place } from '../backup/results.ts';
import { isRestoreFinal, judgeRestore, RESTORE, type RestoreOutcome } from '../restore/judge.ts';
import { waitUntilEnded } from '../unsaid.ts';
import { textAt } from '../values.ts';
import { drillName, type DrillKeys } from './names.ts';
import { modifiersObject, restoreObject } from './restore-objects.ts';

/**
 * Asks Velero for the restore of a drill, or finds the one that was asked for, and waits for its end.
 *
 * @throws WindlassFailure `FenceLost` when the right to act ran out before the restore was asked for, `NotReadyInTime`
 *   when it is not done after `spec.within`; as `KubernetesApi` does, or when the bucket cannot be read. A restore
 *   that failed is an outcome.
 */
export async function restoreInto(
  api: KubernetesApi,
  reader: BucketReader,
  spec: VeleroDrillSpec,
  of: {
    readonly keys: DrillKeys;
    readonly backup: string;
    readonly place: Place;
    readonly scratch: ReadonlyMap<string, string>;
    /** The most ports that one Service has. */
    readonly ports: number;
  },
  context: EngineContext,
): Promise<RestoreOutcome> {
  const { signal } = context;
  const { namespace } = spec;
  const name = drillName(of.keys.run);
  if ((await api.get({ ...RESTORE, namespace, name }, { signal })) === null) {
    assertFence(context.fence, `Restore ${namespace}/${name}`);
    await api.apply(modifiersObject(spec, of.keys, of.ports), { signal });
    await api.apply(restoreObject(spec, of.keys, of.backup, of.scratch), { signal });
  }
  const written = { kind: 'restore', name } as const;
  const restore = await waitUntilEnded(
    api,
    {
      kind: RESTORE,
      namespace,
      name,
      final: isRestoreFinal,
      written: async (during) => (await readResults(reader, of.place, written, during)) !== null,
      seen: ({ status }) => {
        context.progress({ stage: 'restore', phase: textAt(status, 'phase') });
      },
    },
    durationMs(spec.within),
    context,
  );
  const results = await readResults(reader, of.place, written, signal);
  return judgeRestore(restore, results);
}
