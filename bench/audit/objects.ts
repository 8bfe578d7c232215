import type { AuditedKind } from '../../src/domain/audit.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** How many objects of each kind a hundredth of the cluster has: 100 in all, with much to find. */
const MIX: Readonly<Partial<Record<AuditedKind, number>>> = {
  ...{ Namespace: 2, Deployment: 15, StatefulSet: 5, Pod: 25, ConfigMap: 20, ServiceAccount: 5, Service: 10 },
  ...{ Role: 3, RoleBinding: 5, ClusterRole: 1, ClusterRoleBinding: 2, NetworkPolicy: 4, Ingress: 2, Secret: 1 },
};

/** So many objects by kind, spread over namespaces, as a server would list them. */
export function objectsOf(count: number): Readonly<Partial<Record<AuditedKind, readonly KubernetesObject[]>>> {
  return Object.fromEntries(
    Object.entries(MIX).map(([kind, share]) => [
      kind,
      Array.from({ length: (share * count) / 100 }, (_, index) => make(kind as AuditedKind, index, count)),
    ]),
  );
}

function make(kind: AuditedKind, index: number, count: number): KubernetesObject {
  const namespace = `ns-${index % ((count * 2) / 100)}`;
  const metadata = { name: `${kind.toLowerCase()}-${index}`, namespace, labels: { app: `app-${index}` } };
  const wide = { name: kind === 'Namespace' ? `ns-${index}` : metadata.name };
  const binding = (scope: 'Role' | 'ClusterRole', at: object): KubernetesObject => ({
    ...{ apiVersion: `${RBAC}/v1`, kind, metadata: at as KubernetesObject['metadata'] },
    roleRef: { apiGroup: RBAC, kind: scope, name: `${scope.toLowerCase()}-${index % 60}` },
    subjects: [{ kind: 'ServiceAccount', name: `serviceaccount-${index}`, namespace }],
  });
  const rules = [
    { apiGroups: [''], resources: ['secrets', 'pods/exec', 'configmaps'], verbs: ['get', 'list', 'create'] },
  ];
  switch (kind) {
    case 'Namespace':
      return { apiVersion: 'v1', kind, metadata: wide };
    case 'ClusterRole':
      return { apiVersion: `${RBAC}/v1`, kind, metadata: wide, rules };
    case 'Role':
      return { apiVersion: `${RBAC}/v1`, kind, metadata, rules };
    case 'ClusterRoleBinding':
      return binding('ClusterRole', wide);
    case 'RoleBinding':
      return binding('ClusterRole', metadata);
    case 'ConfigMap':
      return { apiVersion: 'v1', kind, metadata, data: { 'app.properties': 'level = info\nuser = app\n'.repeat(40) } };
    case 'NetworkPolicy':
      return {
        apiVersion: 'networking.k8s.io/v1',
        kind,
        metadata,
        spec: { podSelector: { matchLabels: metadata.labels } },
      };
    case 'Ingress':
      return { apiVersion: 'networking.k8s.io/v1', kind, metadata, spec: { rules: [{ host: `h${index}.example` }] } };
    case 'Deployment':
    case 'StatefulSet':
      return {
        apiVersion: 'apps/v1',
        kind,
        metadata,
        spec: { replicas: 2, template: { metadata: { labels: metadata.labels }, spec: pod(index) } },
      };
    case 'Pod':
      return { apiVersion: 'v1', kind, metadata, spec: pod(index) };
    default:
      return { apiVersion: 'v1', kind, metadata };
  }
}

function pod(index: number): NonNullable<KubernetesObject['spec']> {
  return {
    serviceAccountName: `serviceaccount-${index}`,
    volumes: [{ name: 'v', secret: { secretName: `secret-${index % 100}` } }],
    containers: ['main', 'side'].map((name) => ({
      name,
      image: `registry.example/app-${index}:1`,
      env: Array.from({ length: 20 }, (_, at) => ({ name: `SETTING_${at}`, value: `value-${at}` })),
      securityContext: { privileged: index % 50 === 0 },
    })),
  };
}
