import type { KubernetesObject } from '../../domain/kubernetes-api.ts';
import { groupOf } from '../identity.ts';
import { readList, readText } from '../../domain/json-fields.ts';
import type { Need } from './needs.ts';
import type { Self } from './reviews.ts';

const RBAC = 'rbac.authorization.k8s.io';

/**
 * True when the set itself binds us to a role where the right is missing. Whether that role holds the right is for the
 * server to say: bindings come before what they are for.
 */
export function isGrantedBySet(need: Need, objects: readonly KubernetesObject[], self: Self): boolean {
  return objects.some((object) => {
    if (groupOf(object.apiVersion) !== RBAC) return false;
    const here =
      object.kind === 'ClusterRoleBinding' ||
      (object.kind === 'RoleBinding' && need.namespace === object.metadata.namespace);
    // Neither namespaces nor other roles wait for bindings.
    return here && need.group !== RBAC && need.resource !== 'namespaces' && bindsSelf(object, self);
  });
}

function bindsSelf(binding: KubernetesObject, { username, groups }: Self): boolean {
  return readList(binding, 'subjects').some((subject) => {
    const name = readText(subject, 'name') ?? '';
    switch (readText(subject, 'kind')) {
      case 'User':
        return name === username;
      case 'Group':
        return groups.includes(name);
      case 'ServiceAccount':
        return `system:serviceaccount:${readText(subject, 'namespace') ?? ''}:${name}` === username;
      default:
        return false;
    }
  });
}
