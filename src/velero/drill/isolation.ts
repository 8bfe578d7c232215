import { setTimeout as delay } from 'node:timers/promises';
import { WindlassFailure } from '../../domain/failure.ts';
import type { VeleroDrillSpec } from '../../domain/kinds/velero-drill.ts';
import type { KindRef, KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { DRILL } from '../backup/objects.ts';
import { drillLabels, type DrillKeys } from './names.ts';
import { discardVolumes } from './volumes/discard.ts';

const NAMESPACE: KindRef = { apiVersion: 'v1', kind: 'Namespace' };
/** A namespace takes seconds to go. */
const LOOK_MS = 500;

/** The policy that is in place before anything is restored: nothing gets in or out. */
export const DENY_ALL = 'windlass-deny-all';

/**
 * Makes the namespaces that a drill restores into, each with a policy that denies all traffic.
 *
 * @throws WindlassFailure `TargetBusy` for a namespace of that name that this drill did not make: it is never touched.
 */
export async function isolate(
  api: KubernetesApi,
  keys: DrillKeys,
  scratch: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const labels = drillLabels(keys);
  for (const name of scratch) {
    const found = await api.get({ ...NAMESPACE, name }, { signal });
    if (found !== null && found.metadata.labels?.[DRILL] !== keys.run) throw foreign(name);
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
 * @throws WindlassFailure as `KubernetesApi` does: `TargetBusy` when a namespace was made anew meanwhile; what the
 *   signal aborts with.
 */
export async function dissolve(
  api: KubernetesApi,
  labelSelector: string,
  { volumes }: Pick<VeleroDrillSpec, 'volumes'>,
  signal: AbortSignal,
): Promise<void> {
  const made = await api.list(NAMESPACE, { labelSelector, signal });
  const names = made.map(({ metadata }) => metadata.name);
  if (volumes === 'file-system' && names.length > 0) await discardVolumes(api, names, signal);
  await Promise.all(
    made.map(async ({ metadata }) => {
      const uid = metadata.uid;
      await api.delete({ ...NAMESPACE, name: metadata.name }, { signal, ...(uid === undefined ? {} : { uid }) });
      await untilGone(api, metadata.name, uid, signal);
    }),
  );
}

async function untilGone(
  api: KubernetesApi,
  name: string,
  uid: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  while ((await api.get({ ...NAMESPACE, name }, { signal }))?.metadata.uid === uid)
    await delay(LOOK_MS, undefined, { signal });
}

function foreign(name: string): WindlassFailure {
  return new WindlassFailure('TargetBusy', 'There is a namespace of that name that this drill did not make.', {
    object: `Namespace ${name}`,
    next: 'Find out what it is. If it was left by an earlier version of the drill, delete it.',
    retryable: false,
  });
}
