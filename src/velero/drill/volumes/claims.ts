import type { JsonObject } from '../../../domain/json.ts';
import type { KindRef, KubernetesApi, KubernetesObject } from '../../../domain/kubernetes-api.ts';
import { isObject } from '../../../domain/json-fields.ts';
import { fieldAt, textAt } from '../../values.ts';

export const POD: KindRef = { apiVersion: 'v1', kind: 'Pod' };
const CLAIM: KindRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' };

/** A claim that has a volume. */
export interface ClaimInUse {
  readonly namespace: string;
  readonly name: string;
  /** Where a pod has it mounted, hence where another one can mount it too; null when no pod that runs uses it. */
  readonly node: string | null;
}

/**
 * The claims of these namespaces that are bound, without those of volumes that are no file systems.
 *
 * @throws WindlassFailure as `KubernetesApi.list` does.
 */
export async function claimsInUse(
  api: Pick<KubernetesApi, 'list'>,
  namespaces: readonly string[],
  /** Those that a pod had mounted before it ended count too. */
  options: { readonly ended: boolean },
  signal: AbortSignal,
): Promise<readonly ClaimInUse[]> {
  const found = namespaces.map(async (namespace) => {
    const [claims, pods] = await Promise.all([
      api.list(CLAIM, { namespace, signal }),
      api.list(POD, { namespace, signal }),
    ]);
    const nodes = new Map(
      pods
        .filter(({ status }) => options.ended || textAt(status, 'phase') === 'Running')
        .flatMap((pod) => claimsOf(pod).map((claim) => [claim, textAt(pod['spec'], 'nodeName')] as const)),
    );
    return claims
      .filter(({ status, spec }) => textAt(status, 'phase') === 'Bound' && textAt(spec, 'volumeMode') !== 'Block')
      .map(({ metadata: { name } }) => ({ namespace, name, node: nodes.get(name) ?? null }));
  });
  return (await Promise.all(found)).flat();
}

function claimsOf({ spec }: KubernetesObject): readonly string[] {
  const volumes = fieldAt(spec, 'volumes');
  if (!Array.isArray(volumes)) return [];
  return (volumes as readonly JsonObject[]).flatMap((volume) => {
    const claim = volume['persistentVolumeClaim'];
    const name = isObject(claim) ? textAt(claim, 'claimName') : null;
    return name === null ? [] : [name];
  });
}
