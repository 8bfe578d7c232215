import { setTimeout as delay } from 'node:timers/promises';
import { WindlassFailure } from '../../domain/failure.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KindRef, KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { DRILL } from '../backup/objects.ts';
import { drillLabels, type DrillKeys } from './names.ts';
import { stuckNamespace, type NamespaceLook } from './stuck-namespace.ts';
import { textAt } from '../values.ts';
import { discardVolumes } from './volumes/discard.ts';

const NAMESPACE: KindRef = { apiVersion: 'v1', kind: 'Namespace' };
const LOOK_MS = 500;
/** A namespace takes seconds to go, more with many objects. */
const GONE_WITHIN_MS = 90_000;

/** The policy that is in place before anything is restored: nothing gets in or out. */
export const DENY_ALL = 'windlass-deny-all';

/** What making and taking away namespaces needs. */
export interface NamespaceTools extends NamespaceLook {
  readonly api: KubernetesApi;
  /** How long a namespace may take to go; 90 s when absent. */
  readonly goneWithinMs?: number;
}

/**
 * Makes the namespaces that a drill restores into, each with a policy that denies all traffic.
 *
 * @throws WindlassFailure `TargetBusy` for a namespace of that name that this drill did not make: it is never touched;
 *   `NotReadyInTime` for one of an earlier attempt that does not go.
 */
export async function isolate(
  look: NamespaceTools,
  keys: DrillKeys,
  scratch: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { api } = look;
  const labels = drillLabels(keys);
  for (const name of scratch) {
    const found = await api.get({ ...NAMESPACE, name }, { signal });
    if (found !== null && found.metadata.labels?.[DRILL] !== keys.run) throw foreign(name);
    if (textAt(found?.metadata, 'deletionTimestamp') !== null) await untilGone(look, name, found?.metadata.uid, signal);
    await api.apply({ ...NAMESPACE, metadata: { name, labels } }, { signal });
    const policy: KubernetesObject = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: DENY_ALL, namespace: name, labels },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    };
    await api.apply(policy, { signal });
  }
}

/**
 * Deletes the namespaces that drills made and that a selector finds, and waits until all are gone.
 *
 * @param spec `volumes`: whether claims in them got volumes of their own, which then go too.
 * @throws WindlassFailure `NotReadyInTime` that says what holds a namespace that does not go, once the others are gone;
 *   as `KubernetesApi` does: `TargetBusy` when a namespace was made anew meanwhile.
 */
export async function dissolve(
  look: NamespaceTools,
  labelSelector: string,
  { volumes }: Pick<VeleroDrillSpec, 'volumes'>,
  signal: AbortSignal,
): Promise<void> {
  const { api } = look;
  const made = await api.list(NAMESPACE, { labelSelector, signal });
  const names = made.map(({ metadata }) => metadata.name);
  if (volumes === 'file-system' && names.length > 0) await discardVolumes(api, names, signal);
  const gone = await Promise.allSettled(
    made.map(async ({ metadata }) => {
      const uid = metadata.uid;
      await api.delete({ ...NAMESPACE, name: metadata.name }, { signal, ...(uid === undefined ? {} : { uid }) });
      await untilGone(look, metadata.name, uid, signal);
    }),
  );
  const failed = gone.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** @throws WindlassFailure `NotReadyInTime` when its own time is up, or that of the signal. */
async function untilGone(
  look: NamespaceTools,
  name: string,
  uid: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const during = AbortSignal.any([signal, AbortSignal.timeout(look.goneWithinMs ?? GONE_WITHIN_MS)]);
  try {
    while ((await look.api.get({ ...NAMESPACE, name }, { signal: during }))?.metadata.uid === uid)
      await delay(LOOK_MS, undefined, { signal: during });
  } catch (error) {
    // Somebody who cancels wants no answer; whose time is up does.
    if (!during.aborted || (signal.aborted && !isTimeout(signal.reason))) throw error;
    throw await stuckNamespace(look, name);
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

function foreign(name: string): WindlassFailure {
  return new WindlassFailure('TargetBusy', 'There is a namespace of that name that this drill did not make.', {
    object: `Namespace ${name}`,
    next: 'Find out what it is. If it was left by an earlier version of the drill, delete it.',
    retryable: false,
  });
}
