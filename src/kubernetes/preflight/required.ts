import { mergedRights, type RequiredRight } from '../../domain/preflight.ts';
import type { KindRight } from '../../domain/kinds/rights.ts';
import type { KindRef, KubernetesObject } from '../../domain/kubernetes-api.ts';
import { isDefinition, kindsDefinedBy } from '../../manifests/definitions.ts';
import type { KubernetesClient } from '../client/client.ts';
import { groupOf, kindKey } from '../identity.ts';

/** Rights in the words of RBAC, and kinds that neither the cluster serves nor the rollout defines. */
export interface Required {
  readonly rights: readonly RequiredRight[];
  readonly unknown: readonly (KindRef & { readonly steps: readonly string[] })[];
}

/**
 * Rights on kinds as rights on resources: the cluster says how a kind's resource is called, and whether it has namespaces.
 *
 * @param objects what the rollout declares, definitions of kinds among it.
 * @throws WindlassFailure when the cluster cannot be asked.
 */
export async function requiredRights(
  rights: readonly (KindRight & { readonly step: string })[],
  objects: readonly KubernetesObject[],
  client: KubernetesClient,
  signal: AbortSignal,
): Promise<Required> {
  const made = new Map(
    objects
      .filter(isDefinition)
      .flatMap(kindsDefinedBy)
      .map((kind) => [kindKey(kind), kind]),
  );
  const served = await client.discovery.findAll(
    rights.filter((right) => !made.has(kindKey(right))),
    signal,
  );
  const unknown = new Map<string, KindRef & { readonly steps: string[] }>();
  const found = rights.flatMap(({ apiVersion, kind, verbs, namespace, names = [], step, ...rest }) => {
    const known = served.get(kindKey({ apiVersion, kind })) ?? made.get(kindKey({ apiVersion, kind }));
    if (known === undefined) {
      const one = unknown.get(kindKey({ apiVersion, kind })) ?? { apiVersion, kind, steps: [] };
      unknown.set(kindKey(one), { ...one, steps: [...new Set([...one.steps, step])] });
      return [];
    }
    const where = known.namespaced && namespace !== undefined ? { namespace } : {};
    const resource = { group: groupOf(apiVersion), resource: known.plural, ...where, names, steps: [step] };
    return verbs.map((verb): RequiredRight => ({ verb, ...resource, ...subresourceOf(rest) }));
  });
  return { rights: mergedRights(found), unknown: [...unknown.values()] };
}

function subresourceOf({ subresource, without }: Pick<KindRight, 'subresource' | 'without'>) {
  return {
    ...(subresource === undefined ? {} : { subresource }),
    ...(without === undefined ? {} : { without }),
  };
}
