import type { ClusterObject } from '../cluster-objects.ts';

/** Of the lab alone: a platform that brings Kyverno has another, with pods that are simulated. */
export const KYVERNO_NAMESPACE = 'lab-kyverno';
/** By what its programs call their configuration, and whose rights they ask for before a policy counts as ready. */
export const CONFIG = 'kyverno';
export const METRICS_CONFIG = 'kyverno-metrics';
export const ADMISSION_ACCOUNT = 'admission';
export const REPORTS_ACCOUNT = 'reports';
export const SERVICE = 'kyverno-svc';

/** What is never looked at: as in Kyverno's own chart, of which these are the defaults. */
const FILTERS = [
  '[Event,*,*]',
  ...['kube-system', 'kube-public', 'kube-node-lease', KYVERNO_NAMESPACE].map((namespace) => `[*/*,${namespace},*]`),
  ...['Node', 'APIService', 'ReplicaSet'].flatMap((kind) => [`[${kind},*,*]`, `[${kind}/?*,*,*]`]),
  ...['TokenReview', 'SubjectAccessReview', 'SelfSubjectAccessReview', 'Binding', 'Pod/binding'].map(
    (kind) => `[${kind},*,*]`,
  ),
  ...['EphemeralReport', 'ClusterEphemeralReport'].map((kind) => `[${kind},*,*]`),
];

/** Namespaces that its webhooks are not asked about: a policy could keep the lab's own servers from coming up. */
const NOT_ASKED_ABOUT = {
  namespaceSelector: {
    matchExpressions: [
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', KYVERNO_NAMESPACE] },
    ],
  },
};

/** What Kyverno expects to find where it runs outside of the cluster. */
export const KYVERNO_OBJECTS: readonly ClusterObject[] = [
  configuration(CONFIG, { resourceFilters: FILTERS.join(''), webhooks: JSON.stringify(NOT_ASKED_ABOUT) }),
  configuration(METRICS_CONFIG, { namespaces: '{"exclude": [], "include": []}' }),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `${KYVERNO_NAMESPACE}-view` },
    // All that policies are about here. Without it they work, but never count as ready.
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [ADMISSION_ACCOUNT, REPORTS_ACCOUNT].map((name) => ({
      kind: 'ServiceAccount',
      name,
      namespace: KYVERNO_NAMESPACE,
    })),
  },
];

function configuration(name: string, data: Readonly<Record<string, string>>): ClusterObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: KYVERNO_NAMESPACE }, data };
}
