import { compareTexts } from './compare.ts';
import type { KubernetesObject } from './kubernetes-api.ts';
import type { RequiredRight } from './preflight.ts';

/** Who is granted something: a service account. */
export interface Grantee {
  readonly namespace: string;
  readonly name: string;
}

/** Resources whose objects are granted by name, as far as verbs can be: who reads one Secret need not read all. */
const BY_NAME: ReadonlySet<string> = new Set(['namespaces', 'secrets']);
/** Verbs that a role can grant for single objects. */
const OF_OBJECTS: ReadonlySet<string> = new Set(['get', 'patch', 'delete']);
const API = 'rbac.authorization.k8s.io';

/**
 * The least roles that grant these rights, with their bindings: a Role for each namespace, and a ClusterRole for what is in none
 * or in all of them.
 *
 * @param name of the roles and bindings.
 */
export function rolesFor(rights: readonly RequiredRight[], name: string, to: Grantee): readonly KubernetesObject[] {
  const scopes = [...Map.groupBy(rights, ({ namespace = '' }) => namespace)].sort(([a], [b]) => compareTexts(a, b));
  return scopes.flatMap(([namespace, own]) => {
    const cluster = namespace === '' ? 'Cluster' : '';
    const metadata = { name, ...(namespace === '' ? {} : { namespace }) };
    return [
      { apiVersion: `${API}/v1`, kind: `${cluster}Role`, metadata, rules: rulesOf(own) },
      {
        ...{ apiVersion: `${API}/v1`, kind: `${cluster}RoleBinding`, metadata },
        roleRef: { apiGroup: API, kind: `${cluster}Role`, name },
        subjects: [{ kind: 'ServiceAccount', ...to }],
      },
    ];
  });
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** As few rules as say the same: verbs of one resource together, then resources with the same verbs. */
function rulesOf(rights: readonly RequiredRight[]): readonly KubernetesObject['rules'][] {
  const byResource = Map.groupBy(rights, (right) => JSON.stringify([right.group, resourceOf(right), namesOf(right)]));
  const single = [...byResource.values()].flatMap((same): readonly Rule[] => {
    const [first] = same;
    if (first === undefined) return [];
    const names = namesOf(first);
    const verbs = [...new Set(same.map(({ verb }) => verb))].sort(compareTexts);
    const resourceNames = names.length === 0 ? {} : { resourceNames: names };
    return [{ apiGroups: [first.group], resources: [resourceOf(first)], ...resourceNames, verbs }];
  });
  const alike = Map.groupBy(single, (rule) => JSON.stringify({ ...rule, resources: [] }));
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [{ ...first, resources: same.flatMap(({ resources }) => resources) }];
  });
}

function resourceOf({ resource, subresource }: RequiredRight): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

function namesOf({ resource, verb, names }: RequiredRight): readonly string[] {
  return BY_NAME.has(resource) && OF_OBJECTS.has(verb) ? names : [];
}
