import { durationMs } from '../../domain/duration.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import type { Finding } from '../../domain/evidence.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { completenessOf, noteIncomplete, withCompleteness } from '../backup/completeness.ts';
import type { BackupVerdict } from '../backup/judge.ts';
import { availableLocation } from '../backup/location.ts';
import { BACKUP } from '../backup/objects.ts';
import { backupStatus, isFinal } from '../backup/status.ts';
import { SCHEDULE_LABEL } from '../schedule/objects.ts';
import { textAt } from '../values.ts';
import { cleanUp, settle, statesOf, sweep } from './clean-up.ts';
import { journalOf, type Journal } from './journal.ts';
import { journalRef } from './names.ts';
import { begin, inTurn, isResumable, namespacesExist, openDrill, type Drill, type DrillTools } from './open.ts';
import type { Recorded } from './prove.ts';
import { comparedKinds } from './left-out.ts';
import { judged, locationOf, madeAt, scheduleRuns, type OfSchedule } from './schedule.ts';
import { witnessRecords, writeWitnessRecord } from './witness-records.ts';

/** How far the clocks of Velero and of the API server may be apart. */
const CLOCK_SKEW_MS = 60_000;
/** Of how many backups of a schedule it is kept what they must hold. */
const KEPT = 3;

/** A backup that was seen being made. */
export interface Witnessed {
  readonly backup: string;
  readonly findings: readonly Finding[];
}

/**
 * Sees the next backup of a schedule being made: plants sentinels, writes down what there is before and after, and keeps
 * what the backup must hold. Takes as long as the schedule takes to fire, bounded by `of.witnessWithin`; a retry goes on
 * where an earlier attempt was lost.
 *
 * @throws WindlassFailure `NotFound`, `ExpectationFailed` for a schedule that makes no such backup, `BackupFailed` when the
 *   backup that it made is not good, `NotReadyInTime` when it made none, `Interrupted` when another attempt has taken the place of
 *   this one.
 */
export async function witnessNext(
  tools: DrillTools,
  spec: VeleroDrillSpec,
  of: OfSchedule,
  context: EngineContext,
): Promise<Witnessed> {
  const drill = openDrill(tools, spec, context);
  let written = false;
  let resumable = false;
  try {
    assertFence(context.fence, `Drill ${spec.namespace}/${spec.name}`);
    await namespacesExist(drill);
    await scheduleRuns(drill, of);
    await drill.turn.take();
    await sweep(drill, context.signal);
    const record = await watchMade(drill, of);
    written = true;
    await forget(drill, of);
    return { backup: record.backup, findings: [finding(spec, of, record)] };
  } catch (error) {
    resumable = isResumable(error, context);
    throw error;
  } finally {
    await (written ? settle(drill) : cleanUp(drill, { keepJournal: resumable }));
  }
}

async function watchMade(drill: Drill, of: OfSchedule): Promise<Recorded> {
  const { api, spec, context } = drill;
  const { signal } = context;
  const { nonce, parts: planted, at } = await begun(drill);
  const kept = (await witnessRecords(api, spec, of.schedule, signal)).find((record) => record.nonce === nonce);
  // Killed after it was written down and before the sentinels were taken away.
  if (kept !== undefined) return kept;
  const backup = await nextBackup(drill, of, at);
  const { name } = backup.metadata;
  const parts = await inTurn(drill, 'record', (part) => part.record(planted[part.name] ?? null, name));
  await drill.turn.assert();
  await writeWitnessRecord(api, spec, of.schedule, { nonce, backup: name, parts }, signal);
  return { backup: name, parts };
}

/** The journal of a witness that has planted, and when that was by the clock of the API server. */
async function begun(drill: Drill): Promise<Journal & { readonly at: number }> {
  const { api, spec, keys, context } = drill;
  const read = () => api.get(journalRef(spec.namespace, keys), { signal: context.signal });
  if (journalOf((await read()) ?? NOTHING) === null) await begin(drill);
  const found = (await read()) ?? NOTHING;
  const journal = journalOf(found);
  if (journal !== null) return { ...journal, at: Date.parse(textAt(found.metadata, 'creationTimestamp') ?? '') };
  throw new WindlassFailure('TargetBusy', 'Somebody deleted what the drill had written down.', {
    object: `Secret ${spec.namespace}/${journalRef(spec.namespace, keys).name}`,
    next: 'Nothing: it is tried again.',
  });
}

const NOTHING: KubernetesObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: '' } };

/** The first good backup of the schedule that was asked for after the sentinels were planted. */
async function nextBackup(drill: Drill, { schedule, witnessWithin }: OfSchedule, planted: number) {
  const { api, spec, context } = drill;
  const { namespace } = spec;
  const deadline = AbortSignal.timeout(durationMs(witnessWithin));
  const signal = AbortSignal.any([context.signal, deadline]);
  context.progress({ stage: 'witness', schedule });
  const passed = new Set<string>();
  try {
    for await (const { type, object } of api.watch(BACKUP, { namespace, signal })) {
      const { name, labels } = object.metadata;
      // Times are in whole seconds: one of the same second may have been made before.
      if (type === 'DELETED' || labels?.[SCHEDULE_LABEL] !== schedule || madeAt(object) <= planted) continue;
      const status = backupStatus(object);
      // Made long ago, and found by Velero in the bucket again.
      if (status.started !== null && Date.parse(status.started) < planted - CLOCK_SKEW_MS) continue;
      context.progress({ stage: 'witness', schedule, backup: name, phase: status.phase });
      if (!isFinal(status) || passed.has(name)) continue;
      const { good, again, faults } = await judgedWhole(drill, { ...object, ...BACKUP });
      if (good) return object;
      passed.add(name);
      // What went wrong lies outside of what is backed up: the next one is waited for.
      if (!again) throw notGood(`Backup ${namespace}/${name}`, faults);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!deadline.aborted) throw error;
  }
  throw new WindlassFailure('NotReadyInTime', `The schedule made no good backup within ${witnessWithin}.`, {
    object: `Schedule ${namespace}/${schedule}`,
    next: 'Look when the schedule fires and whether Velero runs; `of.witnessWithin` must reach beyond its next time.',
  });
}

/**
 * Also by what the cluster holds, of all that a drill compares: a backup that lacks some of it is never called good. Where
 * Velero does not know the kind yet, the next backup is waited for.
 */
async function judgedWhole(drill: Drill, backup: KubernetesObject): Promise<BackupVerdict> {
  const { spec, context } = drill;
  const verdict = await judged(drill, backup, context.signal);
  if (!verdict.good) return verdict;
  const place = await availableLocation(drill.api, spec.namespace, locationOf(backup), context.signal);
  const of = { backup, place, namespaces: spec.includedNamespaces, among: comparedKinds };
  const complete = await completenessOf(drill, of, context.signal);
  await noteIncomplete(drill.api, backup, complete, context.signal);
  return withCompleteness(verdict, complete);
}

function notGood(object: string, faults: readonly string[]): WindlassFailure {
  return new WindlassFailure('BackupFailed', `The backup that the schedule made is not good: ${faults.join('; ')}.`, {
    object,
    next: 'Read `velero backup describe NAME --details` and the log of Velero, and mend the cause.',
    facts: { faults },
  });
}

/** Lets go of what older backups must hold. */
async function forget({ api, spec, parts, context: { signal } }: Drill, { schedule }: OfSchedule): Promise<void> {
  const records = await witnessRecords(api, spec, schedule, signal);
  const kept = records.slice(0, KEPT);
  for (const old of records.slice(KEPT)) {
    for (const part of parts) {
      const state = old.parts[part.name];
      if (state !== undefined) await part.withdraw(state, signal, statesOf(part, kept));
    }
    await api.delete(old.ref, { signal });
  }
}

function finding(spec: VeleroDrillSpec, { schedule }: OfSchedule, { backup, parts }: Recorded): Finding {
  return {
    kind: 'drill-witness',
    about: { drill: { namespace: spec.namespace, name: spec.name }, backup, schedule },
    holds: true,
    how: 'real',
    source: `the originals, before and after Backup ${spec.namespace}/${backup} was made`,
    time: new Date().toISOString(),
    observed: { backup, schedule, parts: Object.keys(parts) },
  };
}
