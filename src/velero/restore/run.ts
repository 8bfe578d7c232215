import type { BucketReader } from '../../domain/bucket-reader.ts';
import { durationMs } from '../../domain/duration.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { availableLocation } from '../backup/location.ts';
import { RUN_KEY, runKey } from '../backup/objects.ts';
import { readResults, type Reading } from '../backup/results.ts';
import { waitUntilEnded } from '../unsaid.ts';
import { fieldAt, numberAt, textAt } from '../values.ts';
import { isRestoreFinal, judgeRestore, RESTORE, type RestoreOutcome } from './judge.ts';
import { restoreName, restoreObject } from './objects.ts';
import type { Source } from './source.ts';

/** How often a restore is asked for anew when Velero was restarted in the middle of it. */
const ATTEMPTS = 3;

export interface RestoreRun {
  readonly restore: KubernetesObject;
  readonly outcome: RestoreOutcome;
}

/**
 * The last Restore that this run of the step asked for and that did all it was asked to; null when there is none.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does: `UnknownKind` where Velero is not installed.
 */
export async function ownRestore(
  api: Pick<KubernetesApi, 'list'>,
  spec: VeleroRestoreSpec,
  context: Pick<EngineContext, 'owner' | 'signal'>,
): Promise<KubernetesObject | null> {
  const labelSelector = `${RUN_KEY}=${runKey(context.owner)}`;
  const own = await api.list(RESTORE, { namespace: spec.namespace, labelSelector, signal: context.signal });
  const meant = own.filter(
    (restore) =>
      textAt(restore.status, 'phase') === 'Completed' &&
      numberAt(restore.status, 'errors') === 0 &&
      (spec.backup === undefined || textAt(restore.spec, 'backupName') === spec.backup),
  );
  return meant.at(-1) ?? null;
}

/**
 * Asks Velero for the restore and sees it through. Its names derive from the run: a retry goes on with what an earlier
 * attempt asked for; one that had failed before is left as it is, and asked for anew.
 *
 * @throws WindlassFailure `RestoreFailed` with everything that speaks against it, `LocationUnavailable`,
 *   `NotReadyInTime`, `FenceLost`.
 */
export async function runRestore(
  api: KubernetesApi,
  reader: Pick<BucketReader, 'read'>,
  spec: VeleroRestoreSpec,
  source: Source,
  context: EngineContext,
): Promise<RestoreRun> {
  const { signal } = context;
  const key = runKey(context.owner);
  await availableLocation(api, spec.namespace, source.location, signal);
  let tries = 0;
  for (let attempt = 1; ; attempt += 1) {
    const name = restoreName(spec, key, attempt);
    const found = await api.get({ ...RESTORE, namespace: spec.namespace, name }, { signal });
    if (found !== null && isPast(found, source.backup)) continue;
    if (found === null) {
      assertFence(context.fence, `Restore ${spec.namespace}/${name}`);
      await api.apply(restoreObject(spec, source.backup, { key, attempt }), { signal });
    }
    tries += 1;
    const results = (during: AbortSignal): Promise<Reading> =>
      readResults(reader, source.place, { kind: 'restore', name }, during);
    const restore = await untilEnded(api, spec, { name, results }, context);
    const outcome = judgeRestore(restore, await results(signal));
    if (restore !== null && outcome.faults.length === 0) return { restore, outcome };
    if (!outcome.again || tries === ATTEMPTS) throw restoreFailed(spec, name, source.backup, outcome);
  }
}

/** Whether it was an earlier attempt's and will not become good any more, or was of another backup. */
function isPast(restore: KubernetesObject, backup: string): boolean {
  if (textAt(restore.spec, 'backupName') !== backup) return true;
  return isRestoreFinal(restore) && textAt(restore.status, 'phase') !== 'Completed';
}

async function untilEnded(
  api: KubernetesApi,
  { namespace, within }: VeleroRestoreSpec,
  { name, results }: { readonly name: string; readonly results: (during: AbortSignal) => Promise<Reading> },
  context: EngineContext,
): Promise<KubernetesObject | null> {
  return waitUntilEnded(
    api,
    {
      kind: RESTORE,
      namespace,
      name,
      final: isRestoreFinal,
      written: async (during) => (await results(during)) !== null,
      seen: ({ status }) => {
        const progress = fieldAt(status, 'progress');
        const [itemsRestored, totalItems] = [numberAt(progress, 'itemsRestored'), numberAt(progress, 'totalItems')];
        context.progress({ restore: name, phase: textAt(status, 'phase'), itemsRestored, totalItems });
      },
    },
    durationMs(within),
    context,
  );
}

function restoreFailed(
  { namespace }: VeleroRestoreSpec,
  name: string,
  backup: string,
  { faults, phase, items }: RestoreOutcome,
): WindlassFailure {
  return new WindlassFailure('RestoreFailed', `The restore did not do all it was asked to: ${faults.join('; ')}.`, {
    object: `Restore ${namespace}/${name}`,
    next: `What it brought back stays, and may be in part. Read \`velero restore describe ${name} --details\`, mend the cause, and retry the step: it restores what is still missing.`,
    facts: { backup, restore: name, phase, items, faults },
  });
}
