import type { Json, JsonObject } from '../../domain/json.ts';
import type { KindRef } from '../../domain/kubernetes-api.ts';
import { equalJson, isList, isObject } from '../../domain/json-fields.ts';
import { groupOf } from '../identity.ts';
import { isSameQuantity } from '../../domain/quantity.ts';

/**
 * What the server does to values on their way into the store: quantities and defaults of `known` kinds are rewritten,
 * those of custom resources never, nor what people name freely; `quantity` is a field that holds quantities.
 */
export interface Rewrites {
  readonly known: boolean;
  readonly quantity: boolean;
}

/** Kinds of these groups are compiled into the server; custom resources cannot be. */
const BUILT_IN = new Set(['', 'apps', 'batch', 'policy', 'autoscaling', 'networking.k8s.io']);
const QUANTITY_MAPS = new Set(['limits', 'requests', 'capacity', 'hard', 'podFixed']);

/** What is added to values that are owned as a whole, such as references to fields, ports and claim templates. */
const ADDED: JsonObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  protocol: 'TCP',
  status: { phase: 'Pending' },
  volumeMode: 'Filesystem',
};

export function rewritesOf(kind: KindRef): Rewrites {
  return { known: BUILT_IN.has(groupOf(kind.apiVersion)), quantity: false };
}

/** The same below a field. */
export function below(key: string, value: Json | undefined, rewrites: Rewrites): Rewrites {
  if (rewrites.quantity || !rewrites.known) return rewrites;
  if (key === 'metadata' || key === 'data' || key === 'stringData') return { known: false, quantity: false };
  const quantity = key === 'sizeLimit' || (QUANTITY_MAPS.has(key) && isObject(value));
  return quantity ? { known: true, quantity } : rewrites;
}

/** Null, and a list without items: the server stores neither. */
export function isNothing(value: Json | undefined): boolean {
  return value === null || (isList(value) && value.length === 0);
}

/** Whether the server stores the declared value as the live one. False also means: only the server can tell. */
export function isStoredAs(declared: Json | undefined, live: Json | undefined, rewrites: Rewrites): boolean {
  if (equalJson(declared, live)) return true;
  // Empty maps and lists are owned, but not stored.
  if (live === undefined) return isNothing(declared) || (isObject(declared) && Object.keys(declared).length === 0);
  if (!rewrites.known) return false;
  if (isList(declared) && isList(live))
    return declared.length === live.length && declared.every((item, at) => isStoredAs(item, live[at], rewrites));
  if (isObject(declared) && isObject(live))
    return (
      Object.keys(declared).every((key) => isStoredAs(declared[key], live[key], below(key, declared[key], rewrites))) &&
      Object.keys(live).every((key) => key in declared || equalJson(live[key], ADDED[key]))
    );
  return rewrites.quantity && isSameQuantity(declared, live);
}
