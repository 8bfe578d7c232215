import { WindlassFailure } from '../../domain/failure.ts';
import { isObject } from '../../domain/json-fields.ts';
import {
  labelOf,
  type KindOfNamespace,
  type KubernetesApi,
  type KubernetesObject,
} from '../../domain/kubernetes-api.ts';
import { fieldAt, textAt, textsAt } from '../values.ts';

/** How long to look for what holds a namespace. */
const LOOK_WITHIN_MS = 15_000;
/** How many objects are named. */
const NAMED = 5;

/** What a look at a namespace needs. */
export interface NamespaceLook {
  readonly api: Pick<KubernetesApi, 'get' | 'list'>;
  readonly kinds: (signal: AbortSignal) => Promise<readonly KindOfNamespace[]>;
}

/**
 * Why a namespace of a drill does not go: the conditions by which it says so, and the objects in it that finalizers hold.
 * What cannot be asked is left out; time is up already. Throws nothing: what is found is returned.
 */
export async function stuckNamespace(look: NamespaceLook, name: string): Promise<WindlassFailure> {
  const signal = AbortSignal.timeout(LOOK_WITHIN_MS);
  const ref = { apiVersion: 'v1', kind: 'Namespace', name };
  const namespace = await look.api.get(ref, { signal }).catch(() => null);
  const conditions = namespace === null ? [] : conditionsOf(namespace);
  const held = await heldIn(look, name, signal).catch(() => []);
  const why = [
    ...conditions.map(({ type, message }) => `${type} (${message})`),
    ...held.slice(0, NAMED).map(({ object, finalizers }) => `${object} is held by ${finalizers.join(', ')}`),
    ...(held.length > NAMED ? [`and ${String(held.length - NAMED)} more objects are held`] : []),
  ];
  const words = why.length === 0 ? 'and it does not say why' : why.join('; ');
  return new WindlassFailure('NotReadyInTime', `A namespace of the drill was deleted and does not go: ${words}.`, {
    object: `Namespace ${name}`,
    next: nextOf(conditions, held),
    facts: { conditions: conditions.map(({ type }) => type), held: held.slice(0, NAMED).map(({ object }) => object) },
  });
}

interface Condition {
  readonly type: string;
  readonly message: string;
}

interface Held {
  readonly object: string;
  readonly finalizers: readonly string[];
}

/** Those that hold: each says what is in the way of the deletion. */
function conditionsOf({ status }: KubernetesObject): readonly Condition[] {
  const all = fieldAt(status, 'conditions');
  return (Array.isArray(all) ? all.filter(isObject) : []).flatMap((condition) =>
    textAt(condition, 'status') === 'True'
      ? [{ type: textAt(condition, 'type') ?? '', message: textAt(condition, 'message') ?? 'no message' }]
      : [],
  );
}

async function heldIn({ api, kinds }: NamespaceLook, namespace: string, signal: AbortSignal): Promise<readonly Held[]> {
  const lists = await Promise.all(
    (await kinds(signal)).map(async ({ apiVersion, kind }) =>
      // An API that is away is told by the conditions.
      (await api.list({ apiVersion, kind }, { namespace, signal }).catch(() => [])).map((object) => ({
        object: labelOf({ kind, namespace, name: object.metadata.name }),
        finalizers: textsAt(object.metadata, 'finalizers'),
      })),
    ),
  );
  return lists.flat().filter(({ finalizers }) => finalizers.length > 0);
}

function nextOf(conditions: readonly Condition[], held: readonly Held[]): string {
  const after = 'The namespace holds nothing but copies and then goes by itself; retry.';
  if (conditions.some(({ type }) => type === 'NamespaceDeletionDiscoveryFailure'))
    return `Bring back the API that the condition names (\`kubectl get apiservices\`), or delete its APIService. ${after}`;
  if (held.length > 0)
    return `See that whoever owns the finalizers runs, or take them off the copies (\`kubectl edit\`). ${after}`;
  return `Look at it with \`kubectl get namespace -o yaml\` and mend what its conditions name. ${after}`;
}
