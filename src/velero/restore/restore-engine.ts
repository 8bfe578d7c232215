import type { BucketReader } from '../../domain/bucket-reader.ts';
import type { Change } from '../../domain/change.ts';
import type { Applied, EngineContext, StepEngine } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import type { VeleroRestoreSpec } from '../../domain/kinds/velero-restore.ts';
import type { KubernetesApi } from '../../domain/kubernetes-api.ts';
import { requireVelero } from '../installed.ts';
import { textAt } from '../values.ts';
import { readRestored } from '../backup/contents.ts';
import { presenceFinding, restoreFinding } from './restore-findings.ts';
import { lookFor } from './live.ts';
import { restoreChanges, subjectOf, type RestorePicture } from './plan.ts';
import { ownRestore, runRestore } from './run.ts';
import { findSource, type Source } from './source.ts';
import { becameChanges, wantedOf } from './wanted.ts';

/**
 * The engine of `velero.restore`. Fails with `BackupUnproven`, `NotFound`, `BackupFailed` for a backup whose contents
 * cannot be told, `RestoreFailed` when the restore did not do all it was asked to, `LocationUnavailable`,
 * `NotReadyInTime`, `UnknownKind` where Velero is not installed, and with what the API server or the bucket refuses.
 * Whether what came back gets ready is not waited for: steps that apply or probe find that out.
 */
export function veleroRestoreEngine(
  api: KubernetesApi,
  reader: Pick<BucketReader, 'read'>,
): StepEngine<VeleroRestoreSpec> {
  async function look(
    spec: VeleroRestoreSpec,
    signal: AbortSignal,
  ): Promise<{ readonly source: Source; readonly picture: RestorePicture }> {
    const source = await findSource(api, reader, spec, signal);
    const wanted = wantedOf(source.objects, spec);
    const live = await lookFor(api, wanted, signal);
    const { backup, standing, volumes } = source;
    return { source, picture: { backup, standing: standing.words, wanted, volumes, live } };
  }

  async function plan(spec: VeleroRestoreSpec, context: EngineContext): Promise<readonly Change[]> {
    const done = await requireVelero(() => ownRestore(api, spec, context));
    if (done !== null)
      return [
        { action: 'unchanged', what: subjectOf(spec, textAt(done.spec, 'backupName') ?? ''), destructive: false },
      ];
    return restoreChanges(spec, (await look(spec, context.signal)).picture);
  }

  async function apply(spec: VeleroRestoreSpec, context: EngineContext): Promise<Applied> {
    const planned = await plan(spec, context);
    if (planned.every(({ action }) => action === 'unchanged'))
      return { changes: planned, findings: await verify(spec, context) };
    const source = await findSource(api, reader, spec, context.signal);
    const { restore, outcome } = await runRestore(api, reader, spec, source, context);
    const { name } = restore.metadata;
    const detail = [`as Restore ${spec.namespace}/${name}`, ...source.standing.words];
    const own: Change = { action: 'create', what: subjectOf(spec, source.backup), destructive: false, detail };
    const became = await readRestored(reader, source.place, name, context.signal);
    return {
      changes: [own, ...becameChanges(spec, became ?? [])],
      findings: [restoreFinding(spec, restore, outcome)],
    };
  }

  async function verify(spec: VeleroRestoreSpec, context: EngineContext): Promise<readonly Finding[]> {
    const done = await requireVelero(() => ownRestore(api, spec, context));
    // What it is compared with is the backup that was restored, even if a newer one is proven by now.
    const backup = textAt(done?.spec, 'backupName');
    const asked = backup === null ? spec : { ...spec, backup, latestProvenOf: undefined };
    const { source, picture } = await look(asked, context.signal);
    return [...(done === null ? [] : [restoreFinding(spec, done, null)]), presenceFinding(spec, source, picture)];
  }

  return { plan, apply, verify, undo };
}

function undo({ existing }: VeleroRestoreSpec): string {
  const back =
    'Objects that it made carry the label velero.io/restore-name and can be deleted by it; nothing else undoes a restore.';
  return existing === 'keep' ? back : `${back} What it overwrote is gone, unless a backup made just before holds it.`;
}
