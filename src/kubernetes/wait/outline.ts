import type { JsonObject } from '../../domain/json.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { readList, readObject, without } from '../../domain/json-fields.ts';
import { conditionOf } from '../status/status.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Long, and no part of any judgement or finding. */
const BULKY: ReadonlySet<string> = new Set(['data', 'stringData', 'binaryData', 'managedFields']);
const BULKY_SPEC: ReadonlySet<string> = new Set(['template', 'volumeClaimTemplates', 'versions']);

/** An object without what no rule of ours looks at: there may be ten thousand of them. */
export function outline(object: KubernetesObject): KubernetesObject {
  const kept = {
    ...lean(object),
    ...('spec' in object ? { spec: without(readObject(object, 'spec'), BULKY_SPEC) } : {}),
  };
  return without(kept, BULKY) as KubernetesObject;
}

/** An object as a rule of the rollout's own may look at it: with everything but the bookkeeping of its managers. */
export function lean(object: KubernetesObject): KubernetesObject {
  const metadata = without(object.metadata, BULKY) as KubernetesObject['metadata'];
  if (metadata.annotations?.[LAST_APPLIED] === undefined) return { ...object, metadata };
  const annotations = without(metadata.annotations, new Set([LAST_APPLIED])) as Record<string, string>;
  return { ...object, metadata: { ...metadata, annotations } };
}

/** What a verdict needs of a pod or ReplicaSet: of the latter what its controller says. A pod that is ready is no reason for any verdict. */
export function outlineOfOwned({ apiVersion, kind, metadata, status }: KubernetesObject): KubernetesObject {
  const kept = without(metadata, BULKY) as KubernetesObject['metadata'];
  const outlined: KubernetesObject = { apiVersion, kind, metadata: kept };
  if (kind !== 'Pod') return { ...outlined, status: { conditions: readList(status, 'conditions') } };
  const isReady = conditionOf({ ...outlined, status: status ?? null }, 'Ready')?.status === 'True';
  return { ...outlined, status: isReady ? READY : (status ?? null) };
}

const READY: JsonObject = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
