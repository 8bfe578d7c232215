import type { DrillPart } from '../../domain/drill-part.ts';
import { formatDuration } from '../../domain/duration.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import { journalOf, readJournal } from './journal.ts';
import { journalRef } from './names.ts';
import type { Drill } from './open.ts';
import { ofEarlierRuns } from './sweep.ts';
import { witnessRecords, type WitnessRecord } from './witness-records.ts';

/** How long cleaning up may take: longer than a namespace is waited for. */
const CLEAN_UP_MS = 120_000;

type Remains = Pick<Drill, 'api' | 'spec' | 'keys' | 'parts'>;
type OwnRemains = Remains & Pick<Drill, 'turn'>;

/**
 * Takes away everything that this run of the drill made but the backup: also when the drill was cancelled, hence with a
 * time limit of its own in place of the context's signal. What one part cannot clean up keeps neither the others nor its
 * own later stage from it. An attempt whose turn is over leaves all to the one that has it.
 *
 * @param options `keepJournal` when a retry is to go on with the backup that was made.
 * @throws WindlassFailure the first failure of a part, with the words of the others, or as `KubernetesApi` does;
 *   `NotReadyInTime` when the time limit passes.
 */
export async function cleanUp(
  { api, spec, keys, parts, turn }: OwnRemains,
  options: { readonly keepJournal: boolean },
): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  const ref = journalRef(spec.namespace, keys);
  if (await turn.isLost()) return;
  const failed = await each(parts, (part) => part.dissolve(signal));
  // Namespaces take their time to go.
  if (!options.keepJournal && !(await turn.isLost())) {
    const what = asFailure('what the drill wrote down');
    const state = await readJournal(api, ref, signal).catch(what);
    const kept = await recordsOf(api, spec, signal).catch(what);
    if (state instanceof WindlassFailure) failed.push(state);
    else if (kept instanceof WindlassFailure) failed.push(kept);
    else {
      const left = await each(parts, (part) =>
        part.withdraw(state?.parts[part.name] ?? null, signal, statesOf(part, kept)),
      );
      failed.push(...left);
      // It tells a later run what is left.
      if (left.length === 0) await api.delete(ref, { signal });
    }
  }
  await turn.end(signal);
  raise(failed);
}

/**
 * Once what a backup must hold is kept for a drill: takes away everything else that the witness made, whether it was
 * cancelled meanwhile or not.
 *
 * @throws WindlassFailure the first failure of a part, with the words of the others, or as `KubernetesApi` does;
 *   `NotReadyInTime` when its time limit passes.
 */
export async function settle({ api, spec, keys, parts, turn }: OwnRemains): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  if (await turn.isLost()) return;
  raise(await each(parts, (part) => part.settle?.(signal) ?? Promise.resolve()));
  await api.delete(journalRef(spec.namespace, keys), { signal });
  await turn.end(signal);
}

/**
 * Takes away what earlier runs of the same step left because their workers were killed and they were never resumed. Two
 * runs of one step are never at work at once: the lock of the target sees to that.
 *
 * @throws WindlassFailure the first failure of a part, or as `KubernetesApi` does.
 */
export async function sweep({ api, spec, keys, parts }: Remains, signal: AbortSignal): Promise<void> {
  const { namespace } = spec;
  const kept = await recordsOf(api, spec, signal);
  const kind = { apiVersion: 'v1', kind: 'Secret' };
  for (const left of await api.list(kind, { namespace, labelSelector: ofEarlierRuns(keys), signal })) {
    const journal = journalOf({ ...left, ...kind });
    if (journal === null) continue;
    // What a record speaks of is needed for its drill, although the witness could not clean up after itself.
    if (!kept.some(({ nonce }) => nonce === journal.nonce))
      raise(
        await each(
          parts,
          (part) => part.withdraw(journal.parts[part.name] ?? null, signal, statesOf(part, kept)),
          signal,
        ),
      );
    await api.delete({ ...kind, namespace, name: left.metadata.name }, { signal });
  }
  raise(await each(parts, (part) => part.sweep(signal), signal));
}

/** What is written down of backups that a schedule made; nothing for a drill that makes its own. */
async function recordsOf(
  api: Remains['api'],
  spec: Remains['spec'],
  signal: AbortSignal,
): Promise<readonly WitnessRecord[]> {
  return spec.of === undefined ? [] : witnessRecords(api, spec, spec.of.schedule, signal);
}

/** What a part has recorded with these backups. */
export function statesOf({ name }: DrillPart, records: readonly WitnessRecord[]): readonly Json[] {
  return records.map(({ parts }) => parts[name] ?? null).filter((state) => state !== null);
}

/**
 * For every part, whatever becomes of the others.
 *
 * @param cancelled what throws by itself, since whoever cancels wants no other answer.
 */
async function each(
  parts: readonly DrillPart[],
  work: (part: DrillPart) => Promise<void>,
  cancelled?: AbortSignal,
): Promise<WindlassFailure[]> {
  const done = await Promise.all(
    parts.map((part) =>
      work(part).then(
        () => null,
        (error: unknown) => {
          cancelled?.throwIfAborted();
          return asFailure(`what the drill made of ${part.name}`)(error);
        },
      ),
    ),
  );
  return done.filter((failure) => failure !== null);
}

/** What is no failure of ours is that time was up; else it is a defect, and passes. */
function asFailure(what: string): (error: unknown) => WindlassFailure {
  return (error) => {
    if (error instanceof WindlassFailure) return error;
    if (!(error instanceof DOMException)) throw error;
    const words = `Cleaning up after the drill took longer than ${formatDuration(CLEAN_UP_MS)}: ${what} is still there.`;
    return new WindlassFailure('NotReadyInTime', words, {
      next: 'See that the server answers (API server, database, object store), then retry: the drill sweeps it away.',
      cause: error,
    });
  };
}

/** The first failure, which says what the others said, too. */
function raise([first, ...others]: readonly WindlassFailure[]): void {
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const { facts, ...options } = first.options;
  const also = others.map(
    ({ message, options: { object } }) => `${object === undefined ? '' : `${object}: `}${message}`,
  );
  throw new WindlassFailure(first.type, first.message, { ...options, facts: { ...facts, also }, cause: first });
}
