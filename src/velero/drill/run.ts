import type { EngineContext } from '../../domain/step-engine.ts';
import { assertFence } from '../../domain/fence.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import { runBackup } from '../backup/run.ts';
import { sweep } from './clean-up.ts';
import { concluding } from './conclude.ts';
import { readJournal, writeJournal } from './journal.ts';
import { drillLabels, journalRef } from './names.ts';
import { begin, inTurn, isResumable, namespacesExist, openDrill, type Drill, type DrillTools } from './open.ts';
import { prove, type Recorded } from './prove.ts';
import type { DrillOutcome } from './verdict.ts';

/**
 * Backs up, restores into places of its own, compares, and cleans up whatever comes. A retry goes on where an earlier
 * attempt was lost: what it must remember is in its journal on the cluster.
 *
 * @throws WindlassFailure `BackupFailed` when there is nothing good to restore, `NotFound` for a namespace that does not
 *   exist, `Interrupted` when another attempt has taken the place of this one, `NotReadyInTime` saying what could not be cleaned up, and with what Velero or the API server refuses. A
 *   restore that proves nothing is an outcome, no failure.
 */
export async function drillFresh(
  tools: DrillTools,
  spec: VeleroDrillSpec,
  context: EngineContext,
): Promise<DrillOutcome> {
  const drill = openDrill(tools, spec, context);
  const goesOn = (error: unknown): boolean => error !== null && isResumable(error, context);
  return concluding(drill, goesOn, async () => {
    assertFence(context.fence, `Drill ${spec.namespace}/${spec.name}`);
    await namespacesExist(drill);
    await drill.turn.take();
    await sweep(drill, context.signal);
    return prove(drill, await record(drill));
  });
}

/** Makes the backup, and writes down what it must hold. */
async function record(drill: Drill): Promise<Recorded> {
  const { api, spec, keys, context, turn } = drill;
  const { signal } = context;
  const ref = journalRef(spec.namespace, keys);
  const known = await readJournal(api, ref, signal);
  if (known !== null && known.backup !== null) return { backup: known.backup, parts: known.parts };
  const { nonce, parts: planted } = known ?? (await begin(drill));
  const backup = (await runBackup(drill, spec, context)).backup.metadata.name;
  const parts = await inTurn(drill, 'record', (part) => part.record(planted[part.name] ?? null, backup));
  await turn.assert();
  await writeJournal(api, ref, drillLabels(keys), { nonce, backup, parts }, signal);
  return { backup, parts };
}
