import { readList, readText, readTexts } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import type { AuditedKind, ClusterUser } from '../domain/audit.ts';
import type { KubernetesObject } from '../domain/kubernetes-api.ts';

/** One rule of a role. */
export interface Rule {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Names that it is restricted to; empty for all. */
  readonly names: readonly string[];
}

/** Whom a binding names. */
export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  /** Of a ServiceAccount. */
  readonly namespace: string;
}

/** What one subject of one binding gets. */
export interface Grant {
  readonly subject: Subject;
  readonly binding: KubernetesObject;
  /** `ClusterRole edit`. */
  readonly role: string;
  readonly rules: readonly Rule[];
  /** Null for the whole cluster. */
  readonly namespace: string | null;
}

/** A right: any of these verbs on a resource. */
export interface Right {
  readonly group: string;
  /** `secrets`, `pods/exec`. */
  readonly resource: string;
  readonly verbs: readonly string[];
}

const ACCOUNTS = 'system:serviceaccounts';

/** What the bindings grant, subject by subject. A binding to a role that is not there grants nothing. */
export function grantsOf(objectsOf: (kind: AuditedKind) => readonly KubernetesObject[]): readonly Grant[] {
  const roles = new Map(
    (['ClusterRole', 'Role'] as const).flatMap((kind) =>
      objectsOf(kind).map((role) => [keyOf(kind, role.metadata.namespace, role.metadata.name), rulesOf(role)] as const),
    ),
  );
  return (['ClusterRoleBinding', 'RoleBinding'] as const).flatMap((kind) =>
    objectsOf(kind).flatMap((binding) => {
      const [roleKind, name] = [readText(binding, 'roleRef', 'kind') ?? '', readText(binding, 'roleRef', 'name') ?? ''];
      const namespace = kind === 'RoleBinding' ? (binding.metadata.namespace ?? '') : null;
      const rules = roles.get(keyOf(roleKind, roleKind === 'Role' ? (namespace ?? '') : undefined, name)) ?? [];
      return readList(binding, 'subjects').map((subject) => ({
        ...{ binding, rules, namespace, role: `${roleKind} ${name}` },
        subject: subjectOf(subject, namespace ?? ''),
      }));
    }),
  );
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

export function rulesOf(role: KubernetesObject): readonly Rule[] {
  return readList(role, 'rules').map((rule) => ({
    groups: readTexts(rule, 'apiGroups'),
    resources: readTexts(rule, 'resources'),
    verbs: readTexts(rule, 'verbs'),
    names: readTexts(rule, 'resourceNames'),
  }));
}

function subjectOf(subject: Json, namespace: string): Subject {
  const [kind, name] = [readText(subject, 'kind'), readText(subject, 'name') ?? ''];
  if (kind === 'ServiceAccount') return { kind, name, namespace: readText(subject, 'namespace') ?? namespace };
  return { kind: kind === 'Group' ? 'Group' : 'User', name, namespace: '' };
}

/** `ServiceAccount data/loader`, `Group system:authenticated`. */
export function subjectWords({ kind, name, namespace }: Subject): string {
  return kind === 'ServiceAccount' ? `${kind} ${namespace}/${name}` : `${kind} ${name}`;
}

/** Which of the verbs of a right the rules give, whatever the name of the object; empty for none. */
export function verbsGiven(rules: readonly Rule[], { group, resource, verbs }: Right): readonly string[] {
  const fitting = rules.filter(
    (rule) => rule.names.length === 0 && has(rule.groups, group) && rule.resources.some((one) => covers(one, resource)),
  );
  return verbs.filter((verb) => fitting.some((rule) => has(rule.verbs, verb)));
}

/** Everything on everything: what cluster-admin has. */
export function isAlmighty(rules: readonly Rule[]): boolean {
  return rules.some(
    ({ groups, resources, verbs, names }) =>
      names.length === 0 && [groups, resources, verbs].every((all) => all.includes('*')),
  );
}

function has(all: readonly string[], one: string): boolean {
  return all.includes(one) || all.includes('*');
}

/** `*` stands for subresources too, and `*` before a subresource for every resource. */
function covers(pattern: string, resource: string): boolean {
  if (pattern === '*' || pattern === resource) return true;
  const [, subresource] = resource.split('/');
  return subresource !== undefined && pattern === `*/${subresource}`;
}

/**
 * Whether the API server itself keeps this grant: its own users, groups and controllers in the bindings that it makes. It
 * takes nothing out of them, so whoever was added there is judged like everybody else.
 */
export function isOfServer({ binding, subject }: Grant): boolean {
  if (!isBootstrapped(binding)) return false;
  if (subject.kind === 'ServiceAccount')
    return subject.namespace === 'kube-system' && binding.metadata.name.startsWith('system:');
  return subject.name.startsWith('system:') && (!isEverybody(subject) || OPEN_TO_ALL.includes(binding.metadata.name));
}

/** What every cluster lets everybody read of itself. */
const OPEN_TO_ALL = [
  ...['system:basic-user', 'system:discovery', 'system:public-info-viewer'],
  'system:service-account-issuer-discovery',
];

/** Whether it is a role or binding that every API server has, and keeps as it is. */
export function isBootstrapped({ metadata: { name, labels } }: KubernetesObject): boolean {
  const known = name.startsWith('system:') || ['cluster-admin', 'admin', 'edit', 'view'].includes(name);
  return known && labels?.['kubernetes.io/bootstrapping'] === 'rbac-defaults';
}

/** Whether a subject is everybody, with a login or without, or every workload. */
export function isEverybody({ kind, name }: Subject): boolean {
  if (kind === 'User') return name === 'system:anonymous';
  return kind === 'Group' && ['system:unauthenticated', 'system:authenticated', ACCOUNTS].includes(name);
}

/** What a ServiceAccount is to the API server. */
export function accountUser(namespace: string, name: string): ClusterUser {
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: [ACCOUNTS, `${ACCOUNTS}:${namespace}`, 'system:authenticated'],
  };
}

/** The grants of a user, kept so that those of one among very many are found at once. */
export class GrantsByUser {
  readonly #by = new Map<string, Grant[]>();

  constructor(grants: readonly Grant[]) {
    for (const grant of grants) {
      const { kind, name, namespace } = grant.subject;
      const key = kind === 'Group' ? `g:${name}` : `u:${kind === 'User' ? name : accountUser(namespace, name).user}`;
      const same = this.#by.get(key);
      if (same) same.push(grant);
      else this.#by.set(key, [grant]);
    }
  }

  of({ user, groups }: ClusterUser): readonly Grant[] {
    return [`u:${user}`, ...groups.map((group) => `g:${group}`)].flatMap((key) => this.#by.get(key) ?? []);
  }
}
