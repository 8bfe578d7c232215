import type { EngineContext } from '../../domain/engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import { availableLocation } from '../backup/location.ts';
import { BACKUP } from '../backup/objects.ts';
import { runBackup, type BackupTools } from '../backup/run.ts';
import { backupStatus } from '../backup/status.ts';
import { cleanUp, sweep } from './clean-up.ts';
import { compareInventories } from './compare.ts';
import { standing, takeInventory, type Inventory } from './inventory.ts';
import { isolate } from './isolation.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';
import { comparedKinds } from './left-out.ts';
import { drillKeys, scratchNamespaces, type DrillKeys } from './names.ts';
import { restoreInto } from './restore.ts';
import { newNonce, plantSentinels, spoiledSentinels } from './sentinels.ts';
import type { DrillOutcome } from './verdict.ts';

/** What a drill works with. */
export type DrillTools = BackupTools;

/** One drill: everything its stages share. */
interface Drill extends DrillTools {
  readonly spec: VeleroDrillSpec;
  readonly keys: DrillKeys;
  readonly scratch: ReadonlyMap<string, string>;
  readonly context: EngineContext;
}

/**
 * Backs up, restores into namespaces of its own, compares, and cleans up whatever comes. A retry goes on where an earlier
 * attempt was lost: what it must remember is in its journal on the cluster.
 *
 * @throws WindlassFailure `BackupFailed` when there is nothing good to restore, `NotFound` for a namespace that does not
 *   exist, and with what Velero or the API server refuses. A restore that proves nothing is an outcome, no failure.
 */
export async function runDrill(
  tools: DrillTools,
  spec: VeleroDrillSpec,
  context: EngineContext,
): Promise<DrillOutcome> {
  const keys = drillKeys(context.owner);
  const scratch = scratchNamespaces(keys.run, spec.includedNamespaces);
  const drill: Drill = { ...tools, spec, keys, scratch, context };
  let resumable = false;
  try {
    assertFence(context.fence, `Drill ${spec.namespace}/${spec.name}`);
    await namespacesExist(drill);
    await sweep(tools.api, spec, keys, context.signal);
    const { recorded, backup } = await record(drill);
    return await prove(drill, recorded, backup);
  } catch (error) {
    resumable = !context.signal.aborted && error instanceof WindlassFailure && error.summary().retryable;
    throw error;
  } finally {
    await cleanUp(tools.api, spec, keys, { keepJournal: resumable });
  }
}

async function namespacesExist({ api, spec, context: { signal } }: Drill): Promise<void> {
  for (const name of spec.includedNamespaces) {
    if ((await api.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal })) !== null) continue;
    throw new WindlassFailure('NotFound', 'The namespace that is to be drilled does not exist.', {
      object: `Namespace ${name}`,
      next: 'Correct includedNamespaces, or put the drill after the steps that make the namespace.',
    });
  }
}

/** Makes the backup, and writes down what it must hold. */
async function record(drill: Drill): Promise<{
  readonly recorded: Inventory;
  readonly backup: NonNullable<Journal['backup']>;
}> {
  const { api, spec, keys, context } = drill;
  const { signal } = context;
  const known = await readJournal(api, spec.namespace, keys, signal);
  if (known !== null && known.backup !== null) return { recorded: known.recorded, backup: known.backup };
  const { nonce, recorded: before } = known ?? (await begin(drill));
  const { backup } = await runBackup(drill, spec, context);
  const { still, moved } = standing(before, await inventoryOf(drill, 'original'));
  const made = { name: backup.metadata.name, moved };
  await writeJournal(api, spec.namespace, keys, { nonce, recorded: still, backup: made }, signal);
  return { recorded: still, backup: made };
}

/** Plants the sentinels and writes down what there is before a backup is asked for. */
async function begin(drill: Drill): Promise<Journal> {
  const { api, spec, keys, context } = drill;
  const { signal } = context;
  context.progress({ stage: 'record' });
  const nonce = newNonce();
  await plantSentinels(api, spec.includedNamespaces, keys, nonce, signal);
  const journal: Journal = { nonce, recorded: await inventoryOf(drill, 'original'), backup: null };
  await writeJournal(api, spec.namespace, keys, journal, signal);
  return journal;
}

async function prove(
  drill: Drill,
  recorded: Inventory,
  { name, moved }: NonNullable<Journal['backup']>,
): Promise<DrillOutcome> {
  const { api, reader, spec, keys, scratch, context } = drill;
  const { signal } = context;
  const place = await availableLocation(api, spec.namespace, spec.storageLocation, signal);
  const began = Date.now();
  context.progress({ stage: 'restore' });
  await isolate(api, keys, [...scratch.values()], signal);
  const restore = await restoreInto(api, reader, spec, { keys, backup: name, place, scratch }, context);
  if (restore.again) {
    // Cleaned up by the caller; the retry restores anew.
    throw new WindlassFailure('ServerError', 'Velero was restarted while it restored.', {
      object: `Restore of Backup ${spec.namespace}/${name}`,
      next: 'Nothing: the drill restores again.',
    });
  }
  context.progress({ stage: 'compare' });
  const restored = await inventoryOf(drill, 'restored');
  const comparison = compareInventories(recorded, restored, new Set(moved), await inventoryOf(drill, 'original'));
  const ended = Date.now();
  const backup = await api.get({ ...BACKUP, namespace: spec.namespace, name }, { signal });
  const started = backup === null ? null : backupStatus(backup).started;
  return {
    backup: name,
    restore,
    comparison,
    sentinels: spoiledSentinels(spec.includedNamespaces, keys, comparison),
    moved,
    restoreMs: ended - began,
    ageMs: started === null ? Number.POSITIVE_INFINITY : ended - Date.parse(started),
  };
}

async function inventoryOf({ api, kinds, spec, scratch, context }: Drill, of: 'original' | 'restored') {
  const { signal } = context;
  const originals = new Map([...scratch].map(([original, copy]) => [copy, original]));
  const namespaces = of === 'original' ? spec.includedNamespaces : [...scratch.values()];
  return takeInventory(api, comparedKinds(await kinds(signal)), namespaces, originals, signal);
}
