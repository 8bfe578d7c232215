import { groupOf } from '../identity.ts';
import type { Declared } from '../declare.ts';
import type { Verb } from '../../domain/kinds/rights.ts';
import { LIST_FROM } from '../plan/live.ts';
import type { Planned } from '../plan/planned.ts';
import { isWorkload } from '../status/judge.ts';

/** Something one must be allowed to do, in the words of RBAC. */
export interface Right {
  readonly verb: Verb;
  /** API group; empty for the core group. */
  readonly group: string;
  /** Plural name of the kind. */
  readonly resource: string;
  readonly subresource?: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
}

/** A right, and the objects it is needed for: roles can be limited to names. */
export interface Need extends Right {
  readonly names: readonly string[];
}

/** The rights that carrying out a plan takes: server-side apply patches, and creates what is not there. */
export function needsOfApply(planned: readonly Planned[], wait: boolean): readonly Need[] {
  const changed = planned.filter(({ action }) => action !== 'unchanged').map(({ declared }) => declared);
  const created = planned.filter(({ action }) => action === 'create').map(({ declared }) => declared);
  const awaited = wait ? changed.filter(({ ref }) => isWorkload(ref)) : [];
  return [
    ...needs('patch', changed),
    ...needs('create', created),
    ...needs('list', awaited),
    ...needs('watch', awaited),
  ];
}

/** The rights that planning takes, and applying what is planned, before anything could be read. */
export function needsOfPlan(declared: readonly Declared[]): readonly Need[] {
  const reads = needs(
    'get',
    declared.filter(({ reachable }) => reachable),
  ).map((need): Need => (need.names.length < LIST_FROM ? need : { ...need, verb: 'list' }));
  return [...reads, ...needs('patch', declared), ...needs('create', declared)];
}

/** One need per resource and namespace, however many objects. */
function needs(verb: Right['verb'], declared: readonly Declared[]): readonly Need[] {
  const groups = Map.groupBy(declared, ({ kind, ref }) => `${ref.apiVersion} ${kind.plural} ${ref.namespace ?? ''}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { kind, ref } = first;
    const where = ref.namespace === undefined ? {} : { namespace: ref.namespace };
    return {
      verb,
      group: groupOf(ref.apiVersion),
      resource: kind.plural,
      ...where,
      names: group.map((g) => g.ref.name),
    };
  });
}
