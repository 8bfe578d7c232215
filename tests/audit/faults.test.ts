import { describe, expect, test } from '@jest/globals';
import { CHECK_IDS } from '../../src/domain/audit-checks.ts';
import { CHECKS } from '../../src/audit/checks/index.ts';
import { estate, found, judge, unseen } from './estate.ts';

const RBAC = 'rbac.authorization.k8s.io';
const USER = '{ kind: User, name: ann }';

/** A role and its binding, called `planted`. @param namespace null for the whole cluster. */
function granted(namespace: string | null, rule: string, subject = USER): string {
  const prefix = namespace === null ? 'Cluster' : '';
  const metadata = `{ name: planted${namespace === null ? '' : `, namespace: ${namespace}`} }`;
  return `{ apiVersion: ${RBAC}/v1, kind: ${prefix}Role, metadata: ${metadata}, rules: [${rule}] }
---
apiVersion: ${RBAC}/v1
kind: ${prefix}RoleBinding
metadata: ${metadata}
roleRef: { apiGroup: ${RBAC}, kind: ${prefix}Role, name: planted }
subjects: [${subject}]
`;
}

const rule = (group: string, resource: string, verbs: string) =>
  `{ apiGroups: ['${group}'], resources: ['${resource}'], verbs: [${verbs}] }`;
const bound = (kind: string, role: string, metadata: string, subject = USER) => `
apiVersion: ${RBAC}/v1
kind: ${kind}
metadata: ${metadata}
roleRef: { apiGroup: ${RBAC}, kind: ClusterRole, name: ${role} }
subjects: [${subject}]
`;

/** A Deployment `web` that differs from a sound one in fields of its pod or of its container. */
function web(pod = '', container = ''): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: data }
spec:
  template:
    metadata: { labels: { app: web } }
    spec:
      automountServiceAccountToken: false
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: web
          image: registry.example/web:2@sha256:bbbb
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
${container.replaceAll(/^(?=.)/gm, '          ')}
${pod.replaceAll(/^(?=.)/gm, '      ')}
`;
}
const secured = (context: string) =>
  web().replace('{ allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }', context);
const image = (name: string) => web().replace('registry.example/web:2@sha256:bbbb', name);
const control = (component: string, command: string) => `
apiVersion: v1
kind: Pod
metadata: { name: ${component}-a, namespace: kube-system, labels: { component: ${component} } }
spec: { containers: [{ name: c, image: c, command: [c, ${command}] }] }
`;
const ingress = (fields: string, annotations = '{}') => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: data, annotations: ${annotations} }
spec: ${fields}
`;
const BACKEND = '{ paths: [{ path: /, backend: { service: { name: store, port: { number: 80 } } } }] }';
const store = (fields: string) => `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: cache, namespace: data }
spec:
  replicas: 2
  template:
    metadata: { labels: { app: cache } }
    spec: { automountServiceAccountToken: false, ${fields} }
`;
const SPREAD = 'topologySpreadConstraints: [{ topologyKey: kubernetes.io/hostname }]';
const budget = (fields: string) => `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: cache, namespace: data }
spec: { selector: { matchLabels: { app: cache } }, ${fields} }
`;
const role = (more: object) => ({
  roles: {
    value: [
      {
        name: 'ann',
        superuser: false,
        login: true,
        bootstrap: false,
        connectionLimit: 5,
        validUntil: '2027-01-01T00:00:00Z',
        ...more,
      },
    ],
  },
});
const hba = (address: string | null, method = 'trust') => ({
  hba: { value: [{ line: 7, type: 'host', databases: ['all'], users: ['all'], address, method }] },
});

type More = Parameters<typeof estate>[1];

/** One fault each: the check that finds it, what is planted, and where and what is found. */
const PLANTED: readonly (readonly [id: string, planted: string, found: string, more?: More])[] = [
  [
    'rbac-cluster-admin',
    bound(
      'ClusterRoleBinding',
      'cluster-admin',
      '{ name: ops }',
      '{ kind: ServiceAccount, name: ops, namespace: data }',
    ),
    'ClusterRoleBinding ops lets ServiceAccount data/ops do everything (ClusterRole cluster-admin)',
  ],
  [
    'rbac-cluster-admin-in-namespace',
    bound('RoleBinding', 'cluster-admin', '{ name: ops, namespace: data }'),
    'RoleBinding data/ops lets User ann do everything',
  ],
  [
    'rbac-wildcard',
    `{ apiVersion: ${RBAC}/v1, kind: Role, metadata: { name: all, namespace: data }, rules: [${rule('', 'configmaps', "'*'")}] }`,
    'Role data/all has * as verbs',
  ],
  [
    'rbac-read-secrets',
    granted(null, rule('', 'secrets', 'list')),
    'ClusterRoleBinding planted lets User ann list secrets',
  ],
  [
    'rbac-read-secrets-in-namespace',
    granted('data', rule('', 'secrets', 'get, watch')),
    'RoleBinding data/planted lets User ann get, watch secrets (Role planted)',
  ],
  ['rbac-escalate', granted(null, rule('', 'groups', 'impersonate')), 'lets User ann impersonate groups'],
  ['rbac-escalate-in-namespace', granted('data', rule(RBAC, 'roles', 'escalate')), 'lets User ann escalate roles'],
  ['rbac-make-tokens', granted(null, rule('', 'serviceaccounts/token', 'create')), 'create serviceaccounts/token'],
  [
    'rbac-make-tokens-in-namespace',
    granted('data', rule('', 'serviceaccounts/token', 'create')),
    'create serviceaccounts/token',
  ],
  ['rbac-write-secrets', granted(null, rule('', 'secrets', 'create')), 'create secrets'],
  ['rbac-write-secrets-in-namespace', granted('data', rule('', 'secrets', 'patch')), 'patch secrets'],
  [
    'rbac-write-webhooks',
    granted(null, rule('admissionregistration.k8s.io', 'mutatingwebhookconfigurations', 'patch')),
    'patch mutatingwebhookconfigurations',
  ],
  ['rbac-nodes-proxy', granted(null, rule('', 'nodes/proxy', 'get')), 'get nodes/proxy'],
  [
    'rbac-approve-certificates',
    granted(null, rule('certificates.k8s.io', 'certificatesigningrequests/approval', 'update')),
    'update certificatesigningrequests/approval',
  ],
  ['rbac-exec', granted(null, rule('', 'pods/exec', 'create')), 'create pods/exec'],
  [
    'rbac-exec-in-namespace',
    granted('data', rule('', 'pods/ephemeralcontainers', 'patch')),
    'patch pods/ephemeralcontainers',
  ],
  [
    'rbac-everybody',
    granted(null, rule('', 'nodes', 'list'), "{ kind: Group, name: 'system:unauthenticated' }"),
    'ClusterRoleBinding planted gives Group system:unauthenticated the rights of ClusterRole planted',
  ],
  [
    'account-takes-cluster',
    `${granted(null, rule('', 'pods', 'create'), '{ kind: ServiceAccount, name: web, namespace: data }')}---${web('serviceAccountName: web').replace('automountServiceAccountToken: false', 'automountServiceAccountToken: true')}`,
    'Deployment data/web runs as ServiceAccount web, which may run pods as any account',
  ],
  [
    'worker-takes-cluster',
    granted(null, rule('', 'pods', 'create'), '{ kind: ServiceAccount, name: windlass-worker, namespace: windlass }'),
    'user system:serviceaccount:windlass:windlass-worker is the worker itself, and may run pods as any account',
  ],
  [
    'account-default-bound',
    granted('data', rule('', 'configmaps', 'get'), '{ kind: ServiceAccount, name: default }'),
    'RoleBinding data/planted gives ServiceAccount data/default the rights of Role planted',
  ],
  [
    'account-token-unused',
    web('serviceAccountName: web').replace('automountServiceAccountToken: false', ''),
    'Deployment data/web is given a token of ServiceAccount web, which has no rights',
  ],
  [
    'account-token-for-ever',
    '{ apiVersion: v1, kind: Secret, metadata: { name: t, namespace: data, annotations: { kubernetes.io/service-account.name: store } } }',
    'Secret data/t is a token of ServiceAccount store without an end',
  ],
  [
    'secret-in-env',
    web('', 'env: [{ name: DB_PASSWORD, value: c4nary }]'),
    'container web has DB_PASSWORD written down',
  ],
  [
    'secret-in-configmap',
    '{ apiVersion: v1, kind: ConfigMap, metadata: { name: app, namespace: data }, data: { app.ini: "password = c4nary" } }',
    'ConfigMap data/app has a credential written down under app.ini (the setting password)',
  ],
  [
    'pod-privileged',
    secured('{ privileged: true, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }'),
    'container web is privileged',
  ],
  ['pod-host-processes', web('hostPID: true'), 'Deployment data/web has hostPID'],
  ['pod-host-network', web('hostNetwork: true'), 'Deployment data/web has hostNetwork'],
  [
    'pod-host-path',
    web('volumes: [{ name: v, hostPath: { path: /etc } }]'),
    'Deployment data/web mounts /etc of its node',
  ],
  [
    'pod-run-as-root',
    secured('{ runAsUser: 0, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }'),
    'container web may run as root',
  ],
  [
    'pod-escalation',
    secured('{ capabilities: { drop: [ALL] } }'),
    'container web does not refuse privilege escalation',
  ],
  [
    'pod-added-capabilities',
    secured('{ allowPrivilegeEscalation: false, capabilities: { drop: [all], add: [CAP_SYS_ADMIN] } }'),
    'container web is given capabilities',
  ],
  [
    'pod-kept-capabilities',
    secured('{ allowPrivilegeEscalation: false }'),
    'container web keeps the capabilities of its runtime',
  ],
  [
    'pod-seccomp',
    web().replace(', seccompProfile: { type: RuntimeDefault }', ''),
    'container web has no seccomp profile',
  ],
  [
    'namespace-pod-security',
    '{ apiVersion: v1, kind: Namespace, metadata: { name: data } }',
    'Namespace data enforces no level of Pod Security',
  ],
  [
    'network-namespace-open',
    `${web().replace('namespace: data', 'namespace: new')}---
{ apiVersion: v1, kind: Namespace, metadata: { name: new, labels: { pod-security.kubernetes.io/enforce: baseline } } }`,
    'Namespace new has pods and no NetworkPolicy',
  ],
  [
    'network-pod-open',
    `{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: default-deny, namespace: data }, spec: { podSelector: {} } }`,
    'StatefulSet data/store no policy isolates its egress',
  ],
  [
    'network-policy-idle',
    '{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: old, namespace: data }, spec: { podSelector: { matchLabels: { app: old } } } }',
    'NetworkPolicy data/old selects no pod',
  ],
  [
    'ingress-tls',
    ingress(`{ rules: [{ host: shop.example.com, http: ${BACKEND} }] }`),
    'Ingress data/shop serves shop.example.com without TLS',
  ],
  [
    'ingress-backend',
    ingress(
      `{ tls: [{ secretName: web-tls }], rules: [{ http: ${BACKEND.replace('80', '81')} }, { http: ${BACKEND.replace('name: store', 'name: gone')} }] }`,
    ),
    'Ingress data/shop leads to port 81 of Service store, which it does not have, Service gone, which is not there',
  ],
  [
    'ingress-snippet',
    ingress(
      `{ tls: [{ secretName: web-tls }], rules: [{ http: ${BACKEND} }] }`,
      '{ nginx.ingress.kubernetes.io/server-snippet: x }',
    ),
    'Ingress data/shop has nginx.ingress.kubernetes.io/server-snippet',
  ],
  [
    'service-without-login',
    '',
    'service grafana answered GET http://grafana:3000/api/org with 200 and no login',
    { login: { answer: { value: { status: 200, location: null } } } },
  ],
  [
    'apiserver-encryption',
    control('kube-apiserver', '--audit-policy-file=p, --audit-log-path=-'),
    'Pod kube-system/kube-apiserver-a keeps Secrets without encryption',
  ],
  [
    'apiserver-audit-log',
    control('kube-apiserver', '--encryption-provider-config=c'),
    'Pod kube-system/kube-apiserver-a keeps no audit log',
  ],
  [
    'etcd-client-certificates',
    control('etcd', '--client-cert-auth=false'),
    'Pod kube-system/etcd-a takes clients without a certificate',
  ],
  ['image-tag', image('registry.example/web'), 'Deployment data/web runs registry.example/web, without a version'],
  [
    'image-registry',
    image('web:2@sha256:bbbb'),
    'Deployment data/web runs web:2@sha256:bbbb, from a registry that is not allowed',
  ],
  [
    'image-digest',
    image('registry.example/web:2'),
    'Deployment data/web runs registry.example/web:2, not named by its digest',
  ],
  ['state-no-budget', store(SPREAD), 'StatefulSet data/cache has no PodDisruptionBudget'],
  [
    'state-one-node',
    `${store('')}---${budget('maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow')}`,
    'StatefulSet data/cache may have all of its pods on one node',
  ],
  [
    'budget-lets-nothing-go',
    `${store(SPREAD)}---${budget('maxUnavailable: 0, unhealthyPodEvictionPolicy: AlwaysAllow')}`,
    'PodDisruptionBudget data/cache lets no pod go',
  ],
  [
    'budget-keeps-broken-pods',
    `${store(SPREAD)}---${budget('maxUnavailable: 1')}`,
    'PodDisruptionBudget data/cache keeps pods that are not ready',
  ],
  [
    'volume-lost',
    '{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: store-0, namespace: data }, spec: { storageClassName: legacy }, status: { phase: Pending } }',
    'PersistentVolumeClaim data/store-0 waits for storage class legacy, which is not there',
  ],
  [
    'secret-missing',
    web('', 'envFrom: [{ secretRef: { name: gone } }]'),
    'Deployment data/web needs Secret gone, not there',
  ],
  [
    'postgres-superuser',
    '',
    'role ann at db:5432 is a superuser and may log in',
    { server: role({ superuser: true }) },
  ],
  [
    'postgres-connection-limit',
    '',
    'role ann at db:5432 may take every connection',
    { server: role({ connectionLimit: -1 }) },
  ],
  ['postgres-expiry', '', 'role ann at db:5432 may log in for ever', { server: role({ validUntil: null }) }],
  [
    'postgres-public-create',
    '',
    'database old at db:5432 lets everybody create in the schema public',
    { server: { databases: { value: [{ name: 'old', owner: 'app', publicCreate: { value: true } }] } } },
  ],
  [
    'postgres-owner-superuser',
    '',
    'database old at db:5432 is owned by the superuser postgres',
    { server: { databases: { value: [{ name: 'old', owner: 'postgres', publicCreate: { value: false } }] } } },
  ],
  [
    'postgres-trust',
    '',
    'pg_hba line 7 at db:5432 trusts all for all from 10.0.0.0/255.0.0.0',
    { server: hba('10.0.0.0/255.0.0.0') },
  ],
  ['postgres-trust-local', '', 'pg_hba line 7 at db:5432 trusts all for all over sockets', { server: hba(null) }],
  [
    'bucket-public',
    '',
    'bucket backups at s3:9000 lets everybody in: Allow * s3:GetObject on backups/*',
    { bucket: { open: { value: ['Allow * s3:GetObject on backups/*'] } } },
  ],
  [
    'bucket-backups-unversioned',
    '',
    'bucket backups at s3:9000 holds backups and keeps no versions',
    { bucket: { versioning: { value: false } } },
  ],
  [
    'bucket-backups-unlocked',
    '',
    'bucket backups at s3:9000 holds backups without a retention',
    { bucket: { retention: { value: false } } },
  ],
  [
    'bucket-almighty-credentials',
    '',
    'bucket backups at s3:9000 is reached with credentials that may do everything',
    { bucket: { almighty: { value: true } } },
  ],
];

describe('an audit', () => {
  test('finds nothing on a sound platform, and has seen all of it', () => {
    const result = judge(estate());
    expect(found(result)).toEqual([]);
    expect(unseen(result)).toEqual([]);
  });

  test.each(PLANTED)('finds %s', (id, planted, expected, ...[more]) => {
    const all = found(judge(estate(planted, more)));
    expect(all.filter((one) => one.startsWith(`${id}: `))).toEqual([expect.stringContaining(expected)]);
    expect(all.join('\n')).not.toContain('c4nary');
  });

  test('takes a host for one without TLS whose Secret is not there, where it may list Secrets', () => {
    const named = ingress(
      `{ tls: [{ hosts: [shop.example.com], secretName: shop-tls }], rules: [{ host: shop.example.com, http: ${BACKEND} }] }`,
    );
    const secret = (name: string) =>
      `---\n{ apiVersion: v1, kind: Secret, metadata: { name: ${name}, namespace: data } }`;
    const bare = (planted: string) => found(judge(estate(planted))).filter((one) => one.startsWith('ingress-tls: '));
    expect(bare(named + secret('other'))).toContainEqual(
      expect.stringContaining('Ingress data/shop serves shop.example.com without TLS'),
    );
    expect(bare(named + secret('shop-tls')).filter((one) => one.includes('data/shop'))).toEqual([]);
    const facts = estate(named);
    const objects = Object.fromEntries(Object.entries(facts.cluster.objects).filter(([kind]) => kind !== 'Secret'));
    const unlisted = found(judge({ ...facts, cluster: { ...facts.cluster, objects } }));
    expect(unlisted.filter((one) => one.startsWith('ingress-tls: '))).toEqual([]);
  });

  test('takes neither code that reads its environment nor a sentence of a comment for a credential, but a setting of one', () => {
    const map = (text: string) =>
      found(
        judge(
          estate(
            JSON.stringify({
              ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { 'app.py': text } },
              metadata: { name: 'app', namespace: 'data' },
            }),
          ),
        ),
      );
    expect(map('import os\nSECRET_KEY = os.environ["APP_SECRET_KEY"]\n')).toEqual([]);
    expect(map('# Where it listens stands in a Secret: its address has a token in it.\n')).toEqual([]);
    expect(map('  # SECRET_KEY = "c4nary"\n')).toEqual([expect.stringContaining('the setting SECRET_KEY')]);
    expect(map('SECRET_KEY = "c4nary" # of the Secret: see above\n')).toHaveLength(1);
  });

  test('has a planted fault for every check', () => {
    const planted = PLANTED.map(([id]) => id);
    expect(planted.toSorted()).toEqual(CHECKS.map(({ id }) => id).toSorted());
    expect(CHECKS.map(({ id }) => id)).toEqual(CHECK_IDS);
  });
});
