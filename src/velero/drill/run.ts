import type { DrillOf, DrillPart, OpenDrillPart } from '../../domain/drill-part.ts';
import type { EngineContext } from '../../domain/engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { Json } from '../../domain/json.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import { BACKUP } from '../backup/objects.ts';
import { runBackup, type BackupTools } from '../backup/run.ts';
import { backupStatus } from '../backup/status.ts';
import { cleanUp, sweep } from './clean-up.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';
import { drillKeys, drillLabels, journalRef } from './names.ts';
import { objectsPart } from './objects-part.ts';
import { newNonce } from './sentinels.ts';
import type { Inspection } from './volumes/inspector.ts';
import { volumesPart } from './volumes/part.ts';
import type { DrillOutcome, PartOutcome } from './verdict.ts';

/** What a drill works with. */
export interface DrillTools extends BackupTools {
  /** Without it the data in volumes is not proven. */
  readonly logs?: Inspection['logs'];
  /** What other rooms prove, after the objects. */
  readonly parts?: readonly OpenDrillPart[];
}

/** One drill: everything its stages share. */
interface Drill extends DrillTools, DrillOf {
  readonly opened: readonly DrillPart[];
}

/** A backup that is made, and what it must hold by the name of each part. */
interface Recorded {
  readonly backup: string;
  readonly parts: Journal['parts'];
}

/**
 * Backs up, restores into places of its own, compares, and cleans up whatever comes. A retry goes on where an earlier
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
  const of: DrillOf = { spec, keys: drillKeys(context.owner), context };
  const drill: Drill = { ...tools, ...of, opened: openParts(tools, of) };
  const remains = { ...drill, parts: drill.opened };
  let resumable = false;
  try {
    assertFence(context.fence, `Drill ${spec.namespace}/${spec.name}`);
    await namespacesExist(drill);
    await sweep(remains, context.signal);
    return await prove(drill, await record(drill));
  } catch (error) {
    resumable = !context.signal.aborted && error instanceof WindlassFailure && error.summary().retryable;
    throw error;
  } finally {
    await cleanUp(remains, { keepJournal: resumable });
  }
}

/** In the order in which they are planted, recorded, restored and compared. */
function openParts(tools: DrillTools, of: DrillOf): readonly DrillPart[] {
  const others = (tools.parts ?? []).map((open) => open(of)).filter((part) => part !== null);
  const volumes = volumesPart(tools, of);
  return [objectsPart(tools, of), ...(volumes === null ? [] : [volumes]), ...others];
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
async function record(drill: Drill): Promise<Recorded> {
  const { api, spec, keys, context } = drill;
  const { signal } = context;
  const ref = journalRef(spec.namespace, keys);
  const known = await readJournal(api, ref, signal);
  if (known !== null && known.backup !== null) return { backup: known.backup, parts: known.parts };
  const { nonce, parts: planted } = known ?? (await begin(drill));
  const backup = (await runBackup(drill, spec, context)).backup.metadata.name;
  const parts = await inTurn(drill, 'record', (part) => part.record(planted[part.name] ?? null, backup));
  await writeJournal(api, ref, drillLabels(keys), { nonce, backup, parts }, signal);
  return { backup, parts };
}

/** Plants the sentinels and writes down what there is before a backup is asked for. */
async function begin(drill: Drill): Promise<Journal> {
  const { api, spec, keys, context } = drill;
  const nonce = newNonce();
  const parts = await inTurn(drill, 'plant', (part) => part.plant(nonce));
  const journal: Journal = { nonce, backup: null, parts };
  await writeJournal(api, journalRef(spec.namespace, keys), drillLabels(keys), journal, context.signal);
  return journal;
}

/** One part after the other; what each gives by its name. */
async function inTurn(
  { opened, context }: Drill,
  stage: string,
  work: (part: DrillPart) => Promise<Json>,
): Promise<Journal['parts']> {
  const states: Record<string, Json> = {};
  for (const part of opened) {
    context.progress({ stage, part: part.name });
    states[part.name] = await work(part);
  }
  return states;
}

async function prove({ api, spec, context, opened }: Drill, { backup, parts }: Recorded): Promise<DrillOutcome> {
  const { signal } = context;
  const began = Date.now();
  const outcomes: PartOutcome[] = [];
  for (const part of opened) {
    const since = Date.now();
    const state = parts[part.name] ?? null;
    context.progress({ stage: 'restore', part: part.name });
    const compare = await part.restore(state, backup);
    context.progress({ stage: 'compare', part: part.name });
    outcomes.push({ name: part.name, ...(await compare()), ms: Date.now() - since });
  }
  const ended = Date.now();
  const found = await api.get({ ...BACKUP, namespace: spec.namespace, name: backup }, { signal });
  const started = found === null ? null : backupStatus(found).started;
  return {
    backup,
    parts: outcomes,
    restoreMs: ended - began,
    ageMs: started === null ? Number.POSITIVE_INFINITY : ended - Date.parse(started),
  };
}
