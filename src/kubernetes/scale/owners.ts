import { WindlassFailure } from '../../domain/failure.ts';
import type { KubernetesApi, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { read, readList, readText } from '../../domain/json-fields.ts';
import { FIELD_MANAGER, groupOf, labelOf, refOf } from '../identity.ts';

const AUTOSCALER = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' } as const;

/**
 * The autoscalers of a namespace; null when they may not be read.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does, but for `AccessDenied`.
 */
export async function autoscalersIn(
  namespace: string,
  api: KubernetesApi,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[] | null> {
  try {
    return await api.list(AUTOSCALER, { namespace, signal });
  } catch (error) {
    if (error instanceof WindlassFailure && error.type === 'AccessDenied') return null;
    throw error;
  }
}

/**
 * Refuses a workload whose replicas a controller sets: what we set, it would set back.
 *
 * @throws WindlassFailure `OwnershipConflict`.
 */
export function refuseControlled(workload: KubernetesObject, autoscalers: readonly KubernetesObject[] | null): void {
  const autoscaler = autoscalers?.find((one) => scales(one, workload));
  if (autoscaler) throw controlled(workload, labelOf(refOf(autoscaler)), 'Change its bounds, or delete it.');
  const controller = readList(workload, 'metadata', 'ownerReferences').find(
    (owner) => read(owner, 'controller') === true,
  );
  if (controller === undefined) return;
  const label = `${readText(controller, 'kind') ?? ''} ${readText(controller, 'name') ?? ''}`;
  throw controlled(workload, label, 'Scale that one instead.');
}

function scales(autoscaler: KubernetesObject, workload: KubernetesObject): boolean {
  const target = read(autoscaler, 'spec', 'scaleTargetRef');
  return (
    readText(target, 'kind') === workload.kind &&
    readText(target, 'name') === workload.metadata.name &&
    groupOf(readText(target, 'apiVersion') ?? '') === groupOf(workload.apiVersion)
  );
}

function controlled(workload: KubernetesObject, by: string, next: string): WindlassFailure {
  return new WindlassFailure('OwnershipConflict', `${by} decides how many replicas it has.`, {
    object: labelOf(refOf(workload)),
    next,
    facts: { controlledBy: by },
  });
}

/** Who else has declared `spec.replicas`, and what follows from it, a line for each. */
export function ownersOfReplicas(workload: KubernetesObject): readonly string[] {
  return readList(workload, 'metadata', 'managedFields').flatMap((entry) => {
    if (read(entry, 'fieldsV1', 'f:spec', 'f:replicas') === undefined) return [];
    const manager = readText(entry, 'manager') ?? '';
    const applies = readText(entry, 'operation') === 'Apply';
    if (manager === FIELD_MANAGER && !applies) return [];
    if (manager === FIELD_MANAGER)
      return ['a manifest of kubernetes.apply declares replicas too: leave it out there, or the next apply conflicts'];
    return [`${manager} has set replicas${applies ? ' by apply, and sets it back when it applies again' : ''}`];
  });
}
