import { read, readList, readNumber, readText } from '../../domain/json-fields.ts';
import type { Json } from '../../domain/json.ts';
import type { ClusterApi } from '../cluster-api.ts';
import { INPUTS_FOUND } from '../pod-inputs/mark.ts';
import { waitFor } from '../wait.ts';

/** A bound, not an expectation. Milliseconds. */
const SETTLED_WITHIN = 90_000;
const LOOK_EVERY = 250;
const WORKLOADS = ['/apis/apps/v1/deployments', '/apis/apps/v1/statefulsets', '/apis/apps/v1/daemonsets'] as const;
/** A kubelet is still at it. */
const UNDER_WAY = ['ContainerCreating', 'PodInitializing', 'ErrImagePull'];

/** How the pods of some namespaces stand. */
export interface SeededPods {
  readonly ready: number;
  /** Pods that have done their work. */
  readonly done: number;
  /** How many pods fail, by the reason, the most first. */
  readonly failing: readonly { readonly reason: string; readonly pods: number }[];
  /** Whether each pod has come up or has shown why not. */
  readonly settled: boolean;
}

/**
 * Waits until each pod of some namespaces has come up or has shown why not.
 *
 * @throws LabFailure when the API server refuses it; what undici throws when nobody answers.
 */
export async function settledPods(api: ClusterApi, namespaces: ReadonlySet<string>): Promise<SeededPods> {
  const settled = await waitFor(
    async () => {
      const [pods, ...workloads] = await Promise.all(
        ['/api/v1/pods', ...WORKLOADS].map((path) => listed(api, path, namespaces)),
      );
      const shown = (pods ?? []).map(shownBy);
      if (shown.includes(null) || !workloads.flat().every(isSeen)) return undefined;
      return counted(shown, true);
    },
    SETTLED_WITHIN,
    LOOK_EVERY,
  );
  if (settled !== undefined) return settled;
  return counted((await listed(api, '/api/v1/pods', namespaces)).map(shownBy), false);
}

async function listed(api: ClusterApi, path: string, namespaces: ReadonlySet<string>): Promise<readonly Json[]> {
  const list = await api.get(path);
  return readList(list ?? undefined, 'items').filter((item) =>
    namespaces.has(readText(item, 'metadata', 'namespace') ?? ''),
  );
}

/** Its controller has seen it and made the pods that it means to make first. */
function isSeen(workload: Json): boolean {
  const generation = readNumber(workload, ['metadata', 'generation'], 0);
  if (readNumber(workload, ['status', 'observedGeneration'], 0) < generation) return false;
  const wanted = readNumber(workload, ['spec', 'replicas'], 0);
  const made = readNumber(workload, ['status', 'replicas'], 0);
  // A StatefulSet goes on to its second pod only once the first one is ready.
  return isOneByOne(workload) ? wanted === 0 || made > 0 : made >= wanted;
}

function isOneByOne(workload: Json): boolean {
  return readText(workload, 'spec', 'podManagementPolicy') === 'OrderedReady';
}

/** What a pod has come to: `ready`, `done`, or the reason of its failure; null while that is open. */
function shownBy(pod: Json): string | null {
  const phase = readText(pod, 'status', 'phase');
  const conditions = readList(pod, 'status', 'conditions');
  const conditionOf = (type: string) => conditions.find((condition) => readText(condition, 'type') === type);
  if (phase === 'Succeeded') return 'done';
  if (phase === 'Failed') return readText(pod, 'status', 'reason') ?? 'Failed';
  if (readText(conditionOf('Ready'), 'status') === 'True') return 'ready';
  const scheduled = conditionOf('PodScheduled');
  if (readText(scheduled, 'status') === 'False') return readText(scheduled, 'reason') ?? 'Pending';
  const mark = conditionOf(INPUTS_FOUND);
  if (readText(mark, 'status') === 'False' && readText(mark, 'reason') === 'FailedMount') return 'FailedMount';
  const waiting = readList(pod, 'status', 'containerStatuses')
    .map((status) => readText(read(status, 'state'), 'waiting', 'reason'))
    .find((reason) => reason !== undefined);
  return waiting === undefined || UNDER_WAY.includes(waiting) ? null : waiting;
}

function counted(shown: readonly (string | null)[], settled: boolean): SeededPods {
  const reasons = new Map<string, number>();
  for (const state of shown)
    if (state !== 'ready' && state !== 'done')
      reasons.set(state ?? 'not yet known', (reasons.get(state ?? 'not yet known') ?? 0) + 1);
  return {
    ready: shown.filter((state) => state === 'ready').length,
    done: shown.filter((state) => state === 'done').length,
    failing: [...reasons].map(([reason, pods]) => ({ reason, pods })).sort((a, b) => b.pods - a.pods),
    settled,
  };
}
