import type { BucketReader } from '../../domain/bucket-reader.ts';
import type { EngineContext } from '../../domain/engine.ts';
import { assertFence } from '../../domain/fence.ts';
import { durationMs } from '../../domain/duration.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readResults, type Place, type Results } from '../backup/results.ts';
import { waitUntilFinal } from '../backup/wait.ts';
import { fieldAt, numberAt, textAt, textsAt } from '../values.ts';
import { drillName, type DrillKeys } from './names.ts';
import { modifiersObject, RESTORE, restoreObject } from './restore-objects.ts';

/** How a restore ended. */
export interface RestoreOutcome {
  readonly phase: string | null;
  readonly items: number;
  /** What speaks against it; empty for a restore that did all it was asked to. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** ISO 8601 in UTC. */
  readonly started: string | null;
  /** Whether another restore may do what this one did not: Velero was restarted in the middle. */
  readonly again: boolean;
}

const FINAL: ReadonlySet<string> = new Set(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']);
const ORPHANED = /found a restore with status "?\w+"? during the server starting/;
const QUOTED = 5;

/** Asks Velero for the restore of a drill, or finds the one that was asked for, and waits for its end. */
export async function restoreInto(
  api: KubernetesApi,
  reader: BucketReader,
  spec: VeleroDrillSpec,
  of: {
    readonly keys: DrillKeys;
    readonly backup: string;
    readonly place: Place;
    readonly scratch: ReadonlyMap<string, string>;
  },
  context: EngineContext,
): Promise<RestoreOutcome> {
  const { signal } = context;
  const { namespace } = spec;
  const name = drillName(of.keys.run);
  if ((await api.get({ ...RESTORE, namespace, name }, { signal })) === null) {
    assertFence(context.fence, `Restore ${namespace}/${name}`);
    await api.apply(modifiersObject(namespace, of.keys), { signal });
    await api.apply(restoreObject(namespace, of.keys, of.backup, of.scratch), { signal });
  }
  const restore = await waitUntilFinal(
    api,
    {
      kind: RESTORE,
      namespace,
      name,
      final: ({ status }) => FINAL.has(textAt(status, 'phase') ?? ''),
      seen: ({ status }) => {
        context.progress({ stage: 'restore', phase: textAt(status, 'phase') });
      },
    },
    durationMs(spec.within),
    context,
  );
  const results = await readResults(reader, of.place, { kind: 'restore', name }, signal);
  return judgeRestore(restore, results);
}

/** Judges a restore by all that is known of it. Null when somebody deleted it. */
export function judgeRestore(restore: KubernetesObject | null, results: Results | 'unreadable' | null): RestoreOutcome {
  const status = restore?.status;
  const phase = textAt(status, 'phase');
  const reason = textAt(status, 'failureReason');
  const errors = numberAt(status, 'errors');
  const quoted = typeof results === 'object' && results !== null ? results.errors.slice(0, QUOTED) : [];
  const why = [reason ?? '', ...textsAt(status, 'validationErrors')].filter((text) => text !== '');
  return {
    phase,
    items: numberAt(fieldAt(status, 'progress'), 'itemsRestored'),
    faults: [
      ...(restore === null ? ['somebody deleted the restore'] : []),
      ...(restore !== null && phase !== 'Completed'
        ? [`the restore is ${phase ?? 'not begun'}${why.length === 0 ? '' : `: ${why.join('; ')}`}`]
        : []),
      ...(errors > 0 ? [`the restore had ${String(errors)} errors`] : []),
      ...quoted.map((text) => `restore error ${text}`),
    ],
    warnings: typeof results === 'object' && results !== null ? results.warnings.slice(0, QUOTED) : [],
    started: textAt(status, 'startTimestamp'),
    again: ORPHANED.test(reason ?? ''),
  };
}
