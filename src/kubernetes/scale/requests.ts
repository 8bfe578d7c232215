import type { Json, JsonObject } from '../../domain/json.ts';
import { readList, readObject, readText } from '../../domain/json-fields.ts';
import { quantityOf } from '../../domain/quantity.ts';

/** Amounts by resource: cores, bytes, `pods`, devices. */
export type Amounts = Readonly<Record<string, number>>;

/** Amounts of a map of quantities; what is no quantity is left out. */
export function amountsOf(quantities: JsonObject): Amounts {
  return Object.fromEntries(
    Object.entries(quantities).flatMap(([name, value]) => {
      const amount = quantityOf(value);
      return amount === null ? [] : [[name, amount]];
    }),
  );
}

/**
 * What the scheduler reserves for one pod: its containers with their sidecars, or its hungriest init container if that
 * is more, and its overhead. (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers)
 */
export function requestsOfPod(spec: JsonObject): Amounts {
  let sidecars: Amounts = {};
  let initial: Amounts = {};
  for (const container of readList(spec, 'initContainers')) {
    const own = requestsOf(container);
    if (readText(container, 'restartPolicy') === 'Always') sidecars = plus(sidecars, own);
    initial = most(initial, readText(container, 'restartPolicy') === 'Always' ? sidecars : plus(sidecars, own));
  }
  const containers = readList(spec, 'containers').map(requestsOf).reduce(plus, sidecars);
  // Requests of the pod as a whole, where there are any, stand in place of those of its containers.
  const whole = { ...most(containers, initial), ...requestsOf(spec) };
  return { ...plus(whole, amountsOf(readObject(spec, 'overhead'))), pods: 1 };
}

/** A limit without a request is a request. */
function requestsOf(owner: Json): Amounts {
  return {
    ...amountsOf(readObject(owner, 'resources', 'limits')),
    ...amountsOf(readObject(owner, 'resources', 'requests')),
  };
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (x, y) => x + y);
}

export function minus(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (x, y) => x - y);
}

function most(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, Math.max);
}

function combine(a: Amounts, b: Amounts, how: (x: number, y: number) => number): Amounts {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => [name, how(a[name] ?? 0, b[name] ?? 0)]));
}
