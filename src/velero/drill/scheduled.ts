import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { backupStatus } from '../backup/status.ts';
import { sweep } from './clean-up.ts';
import { concluding } from './conclude.ts';
import { openDrill, type DrillTools } from './open.ts';
import { prove } from './prove.ts';
import { judged, locationOf, scheduledBackups, type OfSchedule } from './schedule.ts';
import type { DrillOutcome } from './verdict.ts';
import { witnessRecord } from './witness-records.ts';

/**
 * Restores a backup that a schedule made, and compares it with what was written down when it was made: whatever became
 * of the original since does not count. One that is not good, or that nobody witnessed, is refused without a restore.
 *
 * @param name the backup; the schedule's newest when absent.
 * @throws WindlassFailure `NotFound` when the schedule has made none; else as `drillFresh`.
 */
export async function drillScheduled(
  tools: DrillTools,
  spec: VeleroDrillSpec,
  of: OfSchedule,
  context: EngineContext,
  name?: string,
): Promise<DrillOutcome> {
  assertFence(context.fence, `Drill ${spec.namespace}/${spec.name}`);
  const { signal } = context;
  const backups = await scheduledBackups({ ...tools, spec, context }, of);
  const backup = backups.find(({ metadata }) => name === undefined || metadata.name === name);
  if (backup === undefined) throw noBackup(spec, of, name);
  const { faults } = await judged(tools, backup, signal);
  if (faults.length > 0) return refusal(backup, [`the backup is not good: ${faults.join('; ')}`]);
  const record = await witnessRecord(tools.api, spec, backup.metadata.name, signal);
  if (record === null) return refusal(backup, ['what the backup must hold was never recorded: nobody witnessed it']);
  const drill = openDrill(tools, { ...spec, storageLocation: locationOf(backup) }, context);
  // What was planted went when it was witnessed; the record stays for another drill.
  return concluding(
    drill,
    () => true,
    async () => {
      await drill.turn.take();
      await sweep(drill, signal);
      return prove(drill, { backup: backup.metadata.name, parts: record.parts });
    },
  );
}

function refusal(backup: KubernetesObject, refused: readonly string[]): DrillOutcome {
  const { started } = backupStatus(backup);
  return {
    backup: backup.metadata.name,
    refused,
    parts: [],
    restoreMs: null,
    ageMs: started === null ? null : Date.now() - Date.parse(started),
  };
}

function noBackup({ namespace }: VeleroDrillSpec, { schedule }: OfSchedule, name: string | undefined): WindlassFailure {
  const message = name === undefined ? 'The schedule has made no backup yet.' : `Backup ${name} is gone.`;
  return new WindlassFailure('NotFound', message, {
    object: `Schedule ${namespace}/${schedule}`,
    next: 'Wait for its next backup, and let it be witnessed: only what was recorded when it was made can be compared.',
  });
}
