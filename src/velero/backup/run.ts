import { setTimeout as wait } from 'node:timers/promises';
import { durationMs } from '../../domain/duration.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { assertFence } from '../../domain/fence.ts';
import type { VeleroBackupSpec } from '../../domain/kinds/velero-backup.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { waitUntilEnded } from '../unsaid.ts';
import { completenessOf, noteIncomplete, withCompleteness } from './completeness.ts';
import { goneResources } from './gone.ts';
import { judgeBackup, type BackupVerdict } from './judge.ts';
import { availableLocation } from './location.ts';
import { BACKUP, backupName, backupObject, isDoubted, runKey } from './objects.ts';
import { readResults, type Place } from './results.ts';
import { backupStatus, isFinal, type BackupStatus } from './status.ts';
import type { BackupTools } from './tools.ts';

/** How often a backup is made anew when what went wrong lies outside of it. */
const ATTEMPTS = 3;

/** How long after which Velero knows a kind for sure: it looks every 5 minutes. */
const KINDS_KNOWN_AFTER_MS = 310_000;

export interface BackupRun {
  readonly backup: KubernetesObject;
  readonly status: BackupStatus;
  readonly verdict: BackupVerdict;
  /** Where its files lie. */
  readonly place: Place;
  /** Resources that Velero does not know yet, where that is why it is not good. */
  readonly unknown: readonly string[];
}

/**
 * Makes a backup and sees it through. Its names derive from the run, so a retry goes on with what an earlier attempt
 * asked for and makes none twice.
 *
 * @throws WindlassFailure `BackupFailed` with everything that speaks against it, `LocationUnavailable`, `NotReadyInTime`,
 *   `FenceLost`.
 */
export async function runBackup(
  tools: BackupTools,
  spec: VeleroBackupSpec,
  context: EngineContext,
): Promise<BackupRun> {
  const key = runKey(context.owner);
  let tries = 0;
  let without: readonly string[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const asked = Date.now();
    const run = await oneBackup(tools, spec, { key, attempt, without }, context);
    if (run?.verdict.good === true) {
      // What it says of itself does not count any more.
      if (isDoubted(run.backup)) continue;
      return run;
    }
    tries += 1;
    const again = run === null || run.verdict.again;
    if (!again || tries === ATTEMPTS) throw backupFailed(spec, backupName(spec, key, attempt), run);
    if ((run?.unknown.length ?? 0) > 0) {
      if (durationMs(spec.within) < KINDS_KNOWN_AFTER_MS) throw backupFailed(spec, backupName(spec, key, attempt), run);
      context.progress({ stage: 'wait until Velero looks which kinds there are', kinds: run?.unknown ?? [] });
      await wait(Math.max(0, asked + KINDS_KNOWN_AFTER_MS - Date.now()), undefined, { signal: context.signal });
    }
    if (run?.verdict.kindsGone === true)
      without = [...without, ...(await goneResources(tools, run.place, run.backup.metadata.name, context.signal))];
  }
}

/** Null when somebody deleted the backup while it was made. */
async function oneBackup(
  tools: BackupTools,
  spec: VeleroBackupSpec,
  { key, attempt, without }: { readonly key: string; readonly attempt: number; readonly without: readonly string[] },
  context: EngineContext,
): Promise<BackupRun | null> {
  const { api, reader } = tools;
  const { signal } = context;
  const { namespace } = spec;
  const name = backupName(spec, key, attempt);
  const place = await availableLocation(api, namespace, spec.storageLocation, signal);
  if ((await api.get({ ...BACKUP, namespace, name }, { signal })) === null) {
    assertFence(context.fence, `Backup ${namespace}/${name}`);
    await api.apply(backupObject(spec, key, attempt, without), { signal });
  }
  const written = { kind: 'backup', name } as const;
  const backup = await waitUntilEnded(
    api,
    {
      kind: BACKUP,
      namespace,
      name,
      final: (object) => isFinal(backupStatus(object)),
      written: async (during) => (await readResults(reader, place, written, during)) !== null,
      seen: (object) => {
        const { phase, itemsBackedUp, totalItems } = backupStatus(object);
        context.progress({ backup: name, phase, itemsBackedUp, totalItems });
      },
    },
    durationMs(spec.within),
    context,
  );
  if (backup === null) return null;
  const status = backupStatus(backup);
  const results = status.phase === 'FailedValidation' ? 'not read' : await readResults(reader, place, written, signal);
  const verdict = judgeBackup(status, results);
  if (!verdict.good || isDoubted(backup)) return { backup, status, place, verdict, unknown: [] };
  const complete = await completenessOf(tools, { backup, place }, signal);
  await noteIncomplete(tools.api, backup, complete, signal);
  return { backup, status, place, verdict: withCompleteness(verdict, complete), unknown: complete.unknown };
}

function backupFailed(spec: VeleroBackupSpec, name: string, run: BackupRun | null): WindlassFailure {
  const faults = run === null ? ['somebody deleted it while it was made'] : run.verdict.faults;
  const waits =
    durationMs(spec.within) < KINDS_KNOWN_AFTER_MS ? ' With `within: 6m` the step waits for that by itself.' : '';
  return new WindlassFailure('BackupFailed', `The backup is not good: ${faults.join('; ')}.`, {
    object: `Backup ${spec.namespace}/${name}`,
    next:
      (run?.unknown.length ?? 0) > 0
        ? `Retry the step in 5 minutes, or restart Velero: it looks then which kinds there are.${waits}`
        : `Read \`velero backup describe ${name} --details\` and the log of Velero, mend the cause, and retry the step.`,
    facts: { backup: name, faults, ...(run === null ? {} : { phase: run.status.phase }) },
  });
}
