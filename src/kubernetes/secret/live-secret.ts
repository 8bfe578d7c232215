import type { Change } from '../../domain/change.ts';
import type { EngineContext } from '../../domain/step-engine.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Json } from '../../domain/json.ts';
import type { KubernetesSecretSpec } from '../../domain/kinds/kubernetes-secret.ts';
import type { KubernetesApi, KubernetesObject, ObjectRef } from '../../domain/kubernetes-api.ts';
import { isObject } from '../../domain/json-fields.ts';
import { namespaceAsPrerequisite } from '../../domain/prerequisite.ts';
import { keyOf, labelOf } from '../identity.ts';
import type { Declared } from '../declare.ts';
import { absentNamespaces } from '../manifests/namespaces.ts';
import type { Difference } from '../plan/diff.ts';
import { authoredFields, changeOf, type Planned } from '../plan/planned.ts';
import { planObjects } from '../plan/plan.ts';
import { valuesOf, type KeyWork } from './values.ts';

const KIND = { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true, statusApart: false } as const;

/** A Secret as it is to be, and what that takes. Holds the values: never to be shown. */
export interface Looked {
  readonly planned: Planned;
  readonly work: readonly KeyWork[];
  /** Whether fields of other managers may be taken over. */
  readonly force: boolean;
  /** Whether a value of another manager is taken over that is no placeholder. */
  readonly takes: boolean;
}

/**
 * Looks at the Secret of a step. Touches nothing.
 *
 * @throws WindlassFailure `ReferenceUnresolved`, `NotFound` for its namespace, and what planning throws.
 */
export async function lookAt(spec: KubernetesSecretSpec, context: EngineContext, api: KubernetesApi): Promise<Looked> {
  const { namespace, name, type, labels } = spec;
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name };
  if ((await absentNamespaces([{ ref }], api, context.signal)).size > 0) throw homeless(ref, namespace);
  const live = await api.get(ref, { signal: context.signal });
  const { data, annotations, work, placeholders } = await valuesOf(spec, live, (reference) =>
    context.resolve(reference),
  );
  const metadata: KubernetesObject['metadata'] = {
    name,
    namespace,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const object: KubernetesObject = { apiVersion: 'v1', kind: 'Secret', metadata, type, data };
  const declared: Declared = {
    manifest: { object, at: () => labelOf(ref) },
    object,
    ref,
    key: keyOf(ref),
    label: labelOf(ref),
    kind: KIND,
    withoutStatus: true,
    reachable: true,
  };
  const [planned] = await planObjects([declared], api, context.signal);
  if (planned === undefined) throw new RangeError('one object was planned, and there is no plan of it');
  const held = new Set([...placeholders].map((key) => `.data.${key}`));
  const values = planned.conflicts.filter(({ field }) => !held.has(field));
  // A placeholder may go whoever wrote it: there is no value that anybody could miss.
  const force = spec.force || (planned.conflicts.length > 0 && values.length === 0);
  return { planned, work, force, takes: force && values.length > 0 };
}

/** What people read of it: keys, never values. @param authors as for `changeOf`. */
export function changeOfSecret({ planned, work, force, takes }: Looked, authors = false): Change {
  const described = new Set(work.map(({ key }) => key));
  const others = planned.differences.filter((one) => {
    const about = keysOf(one);
    return about.length === 0 || about.some((key) => !described.has(key));
  });
  const dropped = others.some((one) => keysOf(one).length > 0);
  const change = changeOf({ ...planned, differences: others }, force, authors);
  const keys = work.flatMap(({ line }) => line ?? []);
  return {
    ...change,
    destructive: change.destructive || dropped || takes || work.some(({ loses }) => loses),
    ...(change.action === 'unchanged' ? {} : { detail: [...keys, ...(change.detail ?? [])] }),
    ...(authors && planned.differences.length > 0 ? { fields: authoredFields(planned) } : {}),
  };
}

function homeless(ref: ObjectRef, namespace: string): WindlassFailure {
  return new WindlassFailure('NotFound', `Namespace ${namespace} does not exist.`, {
    object: labelOf(ref),
    next: 'Create the namespace in an earlier step.',
    facts: { namespaces: [namespace] },
    missing: [namespaceAsPrerequisite(namespace)],
  });
}

/** The keys of the Secret that a difference is about; none for another field. */
function keysOf({ path: [field, key], before, after }: Difference): readonly string[] {
  if (field !== 'data') return [];
  return key === undefined ? [...new Set([before, after].flatMap(keysIn))] : [key];
}

function keysIn(data: Json | undefined): readonly string[] {
  return isObject(data) ? Object.keys(data) : [];
}
