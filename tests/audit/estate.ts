import { parseAllDocuments } from 'yaml';
import { audit, type AuditResult, type Scope } from '../../src/audit/audit.ts';
import type { Exemption } from '../../src/audit/exemptions.ts';
import type { AuditedKind, AuditFacts, BucketFacts, DatabaseServerFacts, LoginFacts } from '../../src/domain/audit.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';

export const NOW = Date.parse('2026-06-01T00:00:00Z');

/** A small platform as it should be: nothing is found on it. */
const CLEAN = `
{ apiVersion: v1, kind: Namespace, metadata: { name: data, labels: { pod-security.kubernetes.io/enforce: restricted } } }
---
{ apiVersion: v1, kind: Namespace, metadata: { name: kube-system } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: cluster-admin, labels: { kubernetes.io/bootstrapping: rbac-defaults } }
rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, { nonResourceURLs: ['*'], verbs: ['*'] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: cluster-admin, labels: { kubernetes.io/bootstrapping: rbac-defaults } }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: Group, name: 'system:masters' }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: 'system:controller:generic-garbage-collector', labels: { kubernetes.io/bootstrapping: rbac-defaults } }
rules: [{ apiGroups: ['*'], resources: ['*'], verbs: [delete, get, list, patch, update, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: 'system:controller:generic-garbage-collector', labels: { kubernetes.io/bootstrapping: rbac-defaults } }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:controller:generic-garbage-collector' }
subjects: [{ kind: ServiceAccount, name: generic-garbage-collector, namespace: kube-system }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: 'system:public-info-viewer', labels: { kubernetes.io/bootstrapping: rbac-defaults } }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:public-info-viewer' }
subjects: [{ kind: Group, name: 'system:authenticated' }, { kind: Group, name: 'system:unauthenticated' }]
---
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: default, namespace: data }, automountServiceAccountToken: false }
---
{ apiVersion: v1, kind: ServiceAccount, metadata: { name: store, namespace: data } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: store, namespace: data }
rules: [{ apiGroups: [''], resources: [secrets], resourceNames: [store-login], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: store, namespace: data }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: store }
subjects: [{ kind: ServiceAccount, name: store }]
---
{ apiVersion: v1, kind: Secret, metadata: { name: store-login, namespace: data } }
---
{ apiVersion: v1, kind: Secret, metadata: { name: web-tls, namespace: data } }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings, namespace: data }, data: { level: info, app.properties: "db.password=\${DB_PASSWORD}" } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: store, namespace: data }
spec:
  replicas: 3
  selector: { matchLabels: { app: store } }
  template:
    metadata: { labels: { app: store } }
    spec:
      serviceAccountName: store
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      topologySpreadConstraints: [{ topologyKey: kubernetes.io/hostname, maxSkew: 1, whenUnsatisfiable: DoNotSchedule }]
      containers:
        - name: store
          image: registry.example/store:1.2@sha256:aaaa
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } }
          env:
            - { name: DB_PASSWORD, valueFrom: { secretKeyRef: { name: store-login, key: password } } }
            - { name: ALLOW_EMPTY_PASSWORD, value: 'no' }
          envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: none, optional: true } }]
---
# A pod of that StatefulSet: whatever is wrong with it is told of the StatefulSet.
apiVersion: v1
kind: Pod
metadata: { name: store-0, namespace: data, labels: { app: store }, ownerReferences: [{ kind: StatefulSet, name: store, controller: true }] }
spec: { containers: [{ name: store, image: 'store:latest', securityContext: { privileged: true } }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: store, namespace: data }
spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow, selector: { matchLabels: { app: store } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: data }
spec: { podSelector: {}, policyTypes: [Ingress, Egress] }
---
{ apiVersion: v1, kind: Service, metadata: { name: store, namespace: data }, spec: { ports: [{ name: http, port: 80 }] } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: store, namespace: data, annotations: { nginx.org/redirect-to-https: 'true' } }
spec:
  tls: [{ hosts: ['*.example.com'], secretName: web-tls }]
  rules: [{ host: store.example.com, http: { paths: [{ path: /, backend: { service: { name: store, port: { name: http } } } }] } }]
---
{ apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: { name: standard } }
---
{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: store-0, namespace: data }, spec: { storageClassName: standard }, status: { phase: Pending } }
---
apiVersion: v1
kind: Pod
metadata: { name: kube-apiserver-a, namespace: kube-system, labels: { component: kube-apiserver } }
spec:
  hostNetwork: true
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.36.3
      command: [kube-apiserver, --encryption-provider-config=/etc/enc.yaml, --audit-policy-file=/etc/audit.yaml, --audit-log-path=-]
---
apiVersion: v1
kind: Pod
metadata: { name: etcd-a, namespace: kube-system, labels: { component: etcd } }
spec: { hostNetwork: true, containers: [{ name: etcd, image: registry.k8s.io/etcd:3.6, command: [etcd, --client-cert-auth] }] }
`;

const SERVER: DatabaseServerFacts = {
  server: 'db:5432',
  roles: {
    value: [
      { name: 'postgres', superuser: true, login: true, bootstrap: true, connectionLimit: -1, validUntil: null },
      {
        name: 'app',
        superuser: false,
        login: true,
        bootstrap: false,
        connectionLimit: 20,
        validUntil: '2027-01-01T00:00:00Z',
      },
      { name: 'readers', superuser: false, login: false, bootstrap: false, connectionLimit: -1, validUntil: null },
    ],
  },
  databases: {
    value: [
      { name: 'postgres', owner: 'postgres', publicCreate: { value: false } },
      { name: 'app', owner: 'app', publicCreate: { value: false } },
    ],
  },
  hba: {
    value: [
      { line: 1, type: 'local', databases: ['all'], users: ['all'], address: null, method: 'peer' },
      {
        line: 2,
        type: 'hostssl',
        databases: ['all'],
        users: ['all'],
        address: '0.0.0.0/0.0.0.0',
        method: 'scram-sha-256',
      },
    ],
  },
};
const BUCKET: BucketFacts = {
  ...{ server: 's3:9000', bucket: 'backups', backups: true },
  ...{ open: { value: [] }, versioning: { value: true }, retention: { value: true }, almighty: { value: false } },
};
const LOGIN: LoginFacts = {
  target: 'grafana',
  asked: 'GET http://grafana:3000/api/org',
  answer: { value: { status: 302, location: '/login' } },
};

/** The clean platform with other objects in it, as YAML: one of the same name takes the place of what is there. */
export function estate(
  planted = '',
  more: { server?: Partial<DatabaseServerFacts>; bucket?: Partial<BucketFacts>; login?: Partial<LoginFacts> } = {},
): AuditFacts {
  const objects = new Map<string, KubernetesObject>();
  for (const text of [CLEAN, planted])
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as KubernetesObject | null;
      if (object !== null)
        objects.set(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
    }
  return {
    cluster: {
      objects: Object.groupBy(objects.values(), ({ kind }) => kind as AuditedKind),
      unread: {},
      self: { value: { user: 'system:serviceaccount:windlass:windlass-worker', groups: ['system:authenticated'] } },
    },
    databases: [{ ...SERVER, ...more.server }],
    buckets: [{ ...BUCKET, ...more.bucket }],
    logins: [{ ...LOGIN, ...more.login }],
  };
}

export const EVERYTHING: Scope = { namespaces: null, cluster: true };

export function judge(facts: AuditFacts, scope = EVERYTHING, exemptions: readonly Exemption[] = []): AuditResult {
  return audit(facts, { settings: { registries: ['registry.example'] }, scope, exemptions }, NOW);
}

/** What is open, as `ID: WHERE WHAT`. */
export function found({ checks }: AuditResult): readonly string[] {
  return checks.flatMap(({ check, open }) => open.map(({ where, what }) => `${check.id}: ${where} ${what}`));
}

export function unseen({ checks }: AuditResult): readonly string[] {
  return checks.flatMap(({ check, unseen: all }) => all.map((one) => `${check.id}: ${one.where} ${one.unseen}`));
}
