import { WindlassFailure } from '../../domain/failure.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { CapacityRule } from '../../domain/kinds/kubernetes-scale.ts';
import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { selectsPod } from '../evidence/selector.ts';
import { isObject, read } from '../../domain/json-fields.ts';
import { labelOf, refOf } from '../identity.ts';
import { quantityOf } from '../../domain/quantity.ts';
import type { Cluster } from './cluster.ts';
import { unconsidered } from './eligible.ts';
import { afterPlacing, binFit, headroomFit, sumOf, type Room } from './fit.ts';
import { requestsOfPod, type Amounts } from './requests.ts';

/** How many replicas the cluster has room for, and how that was found. */
export interface Capacity {
  readonly replicas: number;
  readonly lines: readonly string[];
  readonly observed: { readonly [key: string]: Json };
}

/** Replicas that earlier workloads of the step are to have, so that two do not count on the same room. */
export class Planned {
  readonly #taken: { readonly workload: KubernetesObject; readonly pod: Amounts; readonly replicas: number }[] = [];

  add(workload: KubernetesObject, replicas: number): void {
    const spec = podSpecOf(workload);
    if (spec !== null) this.#taken.push({ workload, pod: requestsOfPod(spec), replicas });
  }

  owns(pod: KubernetesObject): boolean {
    return this.#taken.some(({ workload }) => isPodOf(workload, pod));
  }

  place(rooms: readonly Room[]): readonly Room[] {
    return this.#taken.reduce((left, { pod, replicas }) => afterPlacing(left, pod, replicas), rooms);
  }
}

/**
 * How many replicas of a workload the open nodes have room for: pod by pod on each node, and so that the headroom stays
 * free on all of them together.
 *
 * @throws WindlassFailure `ExpectationFailed` when it cannot be told, or is fewer than the least that is wanted.
 */
export function capacityFor(
  workload: KubernetesObject,
  rule: CapacityRule,
  cluster: Cluster,
  planned: Planned,
): Capacity {
  const label = labelOf(refOf(workload));
  const spec = podSpecOf(workload);
  if (spec === null)
    throw unknowable(label, 'It has no pod template in spec.template, so nobody can tell what its pods need.');
  const pod = requestsOfPod(spec);
  if ((pod.cpu ?? 0) === 0 && (pod.memory ?? 0) === 0)
    throw unknowable(label, 'Its pods request neither CPU nor memory, so any number of them would fit.');
  const isOwn = (other: KubernetesObject): boolean => isPodOf(workload, other) || planned.owns(other);
  const rooms = planned.place(cluster.rooms(spec, isOwn));
  const headroom = headroomOf(rule, rooms);
  const bins = binFit(rooms, pod);
  const fit = Math.min(bins, headroomFit(rooms, pod, headroom, cluster.pending(spec, isOwn)));
  if (fit < rule.min) throw tooFew(label, fit, rule.min, rooms.length);
  const replicas = Math.min(fit, rule.max ?? fit);
  const blind = unconsidered(spec);
  return {
    replicas,
    lines: [
      `room for ${String(fit)} on ${String(rooms.length)} nodes${fit < bins ? ` (${String(bins)} without the headroom)` : ''}${replicas < fit ? `, at most ${String(replicas)} wanted` : ''}`,
      ...(blind.length > 0 ? [`not considered: ${blind.join(', ')}`] : []),
    ],
    observed: {
      nodes: rooms.length,
      fit,
      withoutHeadroom: bins,
      pod: rounded(pod),
      headroom: rounded(headroom),
      free: rounded(onlyOf(sumOf(rooms.map((room) => room.free)), pod)),
    },
  };
}

function podSpecOf(workload: KubernetesObject): JsonObject | null {
  const spec = read(workload, 'spec', 'template', 'spec');
  return isObject(spec) ? spec : null;
}

function isPodOf(workload: KubernetesObject, pod: KubernetesObject): boolean {
  return pod.metadata.namespace === workload.metadata.namespace && selectsPod(workload, pod);
}

function headroomOf({ headroom }: CapacityRule, rooms: readonly Room[]): Amounts {
  if (typeof headroom === 'string') {
    const share = Number(headroom.slice(0, -1)) / 100;
    const offered = sumOf(rooms.map((room) => room.offered));
    return { cpu: (offered.cpu ?? 0) * share, memory: (offered.memory ?? 0) * share };
  }
  const named = Object.entries(headroom).map(([name, amount]) => [name, quantityOf(amount) ?? 0]);
  return Object.fromEntries(named) as Amounts;
}

function onlyOf(amounts: Amounts, named: Amounts): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => name in named));
}

/** Without the dust of floating-point sums. */
function rounded(amounts: Amounts): Json {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, Math.round(amount * 1e3) / 1e3]));
}

function unknowable(object: string, why: string): WindlassFailure {
  return new WindlassFailure('ExpectationFailed', why, {
    object,
    next: 'Give its containers requests, or name the number of replicas.',
  });
}

function tooFew(object: string, fit: number, min: number, nodes: number): WindlassFailure {
  return new WindlassFailure(
    'ExpectationFailed',
    `The ${String(nodes)} nodes that take its pods have room for ${String(fit)} beside the headroom, and at least ${String(min)} are wanted.`,
    {
      object,
      next: 'Add nodes, lower min, the headroom or the requests of its containers; nothing was changed.',
      facts: { fit, min, nodes },
    },
  );
}
