import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesScaleSpec, ScaledWorkload } from '../../domain/kinds/kubernetes-scale.ts';
import type { KubernetesApi, KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { absent } from '../absent.ts';
import { readNumber, readText } from '../../domain/json-fields.ts';
import { kindKey, labelOf } from '../identity.ts';
import { capacityFor, Planned } from './capacity.ts';
import { Cluster } from './cluster.ts';
import { autoscalersIn, ownersOfReplicas, refuseControlled } from './owners.ts';

/** A workload as it is, and how many replicas it is to have. */
export interface Scaling {
  readonly ref: ObjectRef;
  readonly label: string;
  readonly workload: KubernetesObject;
  readonly before: number;
  readonly after: number;
  /** The state of the workload that `before` was read from. */
  readonly resourceVersion: string | undefined;
  readonly lines: readonly string[];
  /** What was seen of the cluster, where the number was found from its capacity. */
  readonly observed: { readonly [key: string]: Json };
}

/**
 * Looks at every workload of a step. Touches nothing.
 *
 * @throws WindlassFailure `NotFound`, `OwnershipConflict` when a controller sets its replicas, `ExpectationFailed` when the
 * cluster has too little room, `WrongUsage` for a kind without scale, and what reading throws.
 */
export async function lookAt(
  spec: KubernetesScaleSpec,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<readonly Scaling[]> {
  const refs = spec.workloads.map((item) => refOfWorkload(item, spec.namespace));
  const [found, autoscalers] = await Promise.all([
    Promise.all(refs.map((ref) => Promise.all([api.get(ref, { signal }), readScale(ref, api, signal)]))),
    autoscalersIn(spec.namespace, api, signal),
  ]);
  const missing = refs.filter((_, index) => found[index]?.[0] === null);
  if (missing.length > 0) throw absent(missing);
  const cluster = spec.workloads.some(({ toCapacity }) => toCapacity) ? await Cluster.read(api, signal) : null;
  const planned = new Planned();
  return spec.workloads.flatMap((item, index) => {
    const [ref, [workload, scale] = []] = [refs[index], found[index]];
    if (!ref || !workload || !scale) return [];
    refuseControlled(workload, autoscalers);
    const capacity = item.toCapacity && cluster ? capacityFor(workload, item.toCapacity, cluster, planned) : null;
    const before = readNumber(scale, ['spec', 'replicas'], 0);
    const after = capacity?.replicas ?? item.replicas ?? Math.max(before, item.atLeast ?? 0);
    planned.add(workload, after);
    const blind =
      autoscalers === null ? ['autoscalers may not be read: one that scales it would set replicas back'] : [];
    return [
      {
        ref,
        label: labelOf(ref),
        workload,
        before,
        after,
        resourceVersion: scale.metadata.resourceVersion,
        lines: [...(capacity?.lines ?? []), ...ownersOfReplicas(workload), ...blind],
        observed: capacity?.observed ?? {},
      },
    ];
  });
}

/** True when fewer replicas mean that volumes are deleted. */
export function losesVolumes({ workload, before, after }: Scaling): boolean {
  const policy = readText(workload, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenScaled');
  return after < before && policy === 'Delete';
}

function refOfWorkload({ apiVersion, kind, name }: ScaledWorkload, namespace: string): ObjectRef {
  return { apiVersion, kind, namespace, name };
}

async function readScale(ref: ObjectRef, api: KubernetesApi, signal: AbortSignal): Promise<KubernetesObject | null> {
  try {
    return await api.get(ref, { subresource: 'scale', signal });
  } catch (error) {
    // The kind is served, as reading the object tells: what is not served is the subresource.
    if (error instanceof WindlassFailure && error.type === 'UnknownKind')
      throw new WindlassFailure('WrongUsage', `${ref.kind} of ${ref.apiVersion} is not served, or cannot be scaled.`, {
        object: labelOf(ref),
        next: 'Name a kind that has the subresource scale.',
        facts: { kinds: [kindKey(ref)] },
        missing: [{ is: 'kind', kind: ref }],
        cause: error,
      });
    throw error;
  }
}
