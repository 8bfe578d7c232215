import type { EngineContext } from '../../domain/step-engine.ts';
import { jsonText } from '../../domain/json.ts';
import type { KubernetesApplySpec } from '../../domain/kinds/kubernetes-apply.ts';
import type { KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import type { KubernetesClient } from '../client/client.ts';
import { declareForFiles } from '../declare.ts';
import { isSecretKind, labelOf } from '../identity.ts';
import { inventoryOf, type InventoryHome } from '../inventory/apply-set.ts';
import { withFinishedJobs } from '../inventory/finished-in-plan.ts';
import { asMembers } from '../inventory/membership.ts';
import { inStages } from '../order.ts';
import { planObjects } from '../plan/plan.ts';
import { linesOf } from '../plan/planned.ts';

/** A field that another step sets on the cluster, whatever the manifest leaves open. */
export interface Governed {
  readonly ref: ObjectRef;
  readonly field: 'replicas' | 'suspend';
}

/**
 * The objects of steps as files may hold them, in the order in which they can be applied: no Secret is among them, nor an object
 * into which a chart puts what it made up. Fields that other steps set are as they are on the cluster.
 *
 * @throws WindlassFailure as `declare` does, and `KubernetesApi.get`.
 */
export async function objectsForFiles(
  specs: readonly Pick<KubernetesApplySpec, 'manifests' | 'namespace' | 'secrets' | 'keeping'>[],
  governed: readonly Governed[],
  context: EngineContext,
  client: KubernetesClient,
): Promise<readonly KubernetesObject[]> {
  const declared: KubernetesObject[] = [];
  for (const spec of specs)
    declared.push(...(await declareForFiles(spec, context, client)).map(({ object }) => object));
  const set = new Map<string, Readonly<Record<string, number | boolean>>>();
  for (const { ref, field } of governed) {
    const live = await client.get(ref, { signal: context.signal });
    const value = (live?.['spec'] as { readonly [key: string]: unknown } | undefined)?.[field];
    const key = labelOf(ref);
    if (typeof value === 'number' || typeof value === 'boolean') set.set(key, { ...set.get(key), [field]: value });
  }
  const objects = declared.map((object): KubernetesObject => {
    const { kind, metadata } = object;
    const fields = set.get(
      labelOf({
        kind,
        name: metadata.name,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      }),
    );
    return fields === undefined ? object : { ...object, spec: { ...(object['spec'] as object), ...fields } };
  });
  return inStages(objects, (object) => object).flatMap(({ items }) => items);
}

/**
 * What of a cluster is not as these objects say, each in words: what a dry run of applying them would change in value.
 *
 * @throws WindlassFailure as `declare` and `planObjects` do.
 */
export async function driftOf(
  objects: readonly KubernetesObject[],
  home: InventoryHome,
  context: EngineContext,
  client: KubernetesClient,
): Promise<readonly string[]> {
  if (objects.length === 0) return [];
  const text = jsonText({ apiVersion: 'v1', kind: 'List', items: objects.filter((object) => !isSecretKind(object)) });
  const files: EngineContext['files'] = {
    list: (path) => [path],
    read: () => Promise.resolve(text),
    digest: () => '',
    // eslint-disable-next-line @typescript-eslint/require-await
    stream: async function* () {
      yield Buffer.from(text);
    },
  };
  const declared = await declareForFiles({ manifests: ['export.json'], secrets: {} }, { ...context, files }, client);
  const inventory = inventoryOf(home, context.owner);
  const planned = await planObjects(asMembers(declared, inventory.id), client, context.signal);
  return (await withFinishedJobs(planned, inventory, client, context.signal)).flatMap((item) => {
    const { declared: of, action, differences } = item;
    if (action === 'unchanged' || (action === 'update' && differences.length === 0)) return [];
    if (action === 'create') return [`${of.label} is not in the cluster`];
    return [`${of.label}: ${linesOf(item)[0] ?? 'differs'}`];
  });
}
