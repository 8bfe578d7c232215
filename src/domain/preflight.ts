import { compareTexts } from './compare.ts';
import type { FailureSummary } from './failure.ts';
import type { Verb } from './kinds/rights.ts';

/** Something that one must be allowed on a cluster, in the words of RBAC. */
export interface RequiredRight {
  readonly verb: Verb;
  /** API group; empty for the core group. */
  readonly group: string;
  /** Plural name of the kind. */
  readonly resource: string;
  readonly subresource?: string;
  /** Absent for cluster-scoped kinds, and for all namespaces. */
  readonly namespace?: string;
  /** Objects that it is needed for; empty for all. */
  readonly names: readonly string[];
  /** PHASE/STEP of each step that takes it. */
  readonly steps: readonly string[];
  /** What cannot be told without it; absent where a step fails without it. */
  readonly without?: string;
}

/** The rights in which equal ones are one: for all their names, and needed where one of them is. */
export function mergedRights(rights: readonly RequiredRight[]): readonly RequiredRight[] {
  const key = ({ verb, group, resource, subresource = '', namespace = '' }: RequiredRight): string =>
    [resource, group, subresource, namespace, verb].join(' ');
  const groups = [...Map.groupBy(rights, key)].sort(([a], [b]) => compareTexts(a, b));
  return groups.flatMap(([, same]) => {
    const [first] = same;
    if (first === undefined) return [];
    const { without, ...right } = first;
    const isOptional = same.every((one) => one.without !== undefined);
    return {
      ...right,
      names: same.some(({ names }) => names.length === 0) ? [] : unique(same.flatMap(({ names }) => names)),
      steps: unique(same.flatMap(({ steps }) => steps)),
      ...(isOptional && without !== undefined ? { without } : {}),
    };
  });
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(compareTexts);
}

/** Something that a rollout needs and that is not there, or not allowed. */
export interface Lack {
  /** `create deployments.apps in namespace data`, `CREATEDB`, `bucket velero-backups`. */
  readonly what: string;
  readonly steps: readonly string[];
  /** What to do about it. */
  readonly next: string;
  /** Whether a step fails without it; else something is only not told. */
  readonly needed: boolean;
}

/** What one target answered. */
export interface TargetPreflight {
  readonly target: string;
  readonly kind: string;
  /** Whom the target takes us for, where it says so. */
  readonly user: string | null;
  /** What it is, and of which version. */
  readonly server: string | null;
  /** How many things were asked. */
  readonly asked: number;
  readonly lacks: readonly Lack[];
  /** Why it could not be asked. */
  readonly failure: FailureSummary | null;
}

/** Whether a rollout would fail on a target for want of something. */
export function isReady({ lacks, failure }: TargetPreflight): boolean {
  return failure === null && lacks.every(({ needed }) => !needed);
}

/** `create, patch deployments.apps in namespace data`: one line for each resource and namespace. */
export function lacksOfRights(missing: readonly RequiredRight[], user: string): readonly Lack[] {
  const place = (right: RequiredRight): string => JSON.stringify([placeOf(right), right.without ?? '']);
  return [...Map.groupBy(missing, place).values()].flatMap((same): readonly Lack[] => {
    const [first] = same;
    if (first === undefined) return [];
    const role =
      first.namespace === undefined ? 'a ClusterRole with a ClusterRoleBinding' : 'a Role with a RoleBinding';
    const why = first.without === undefined ? '' : ` Without it is not told ${first.without}.`;
    return [
      {
        what: `${unique(same.map(({ verb }) => verb)).join(', ')} ${placeOf(first)}`,
        steps: unique(same.flatMap(({ steps }) => steps)),
        next: `Grant it to ${user} by ${role}: windlass preflight --rbac prints them.${why}`,
        needed: first.without === undefined,
      },
    ];
  });
}

function placeOf({ resource, group, subresource, namespace }: RequiredRight): string {
  const name = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return namespace === undefined ? name : `${name} in namespace ${namespace}`;
}
