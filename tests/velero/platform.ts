import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';

/** A small platform with one object of each kind that a drill must take care of, in a namespace of this name. */
export function platform(namespace: string): readonly KubernetesObject[] {
  const labels = { app: 'api' };
  const pods = {
    metadata: { labels },
    spec: { containers: [{ name: 'main', image: 'registry.example/api:1', env: [{ name: 'A', value: '1' }] }] },
  };
  const job = {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/job:1' }] } },
  };
  const metadata = (name: string) => ({ name, namespace });
  const subject = { kind: 'ServiceAccount', name: 'api', namespace };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('api') },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('settings'), data: { level: 'info' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: metadata('login'), type: 'Opaque', data: { user: btoa('api') } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('api'),
      spec: {
        type: 'NodePort',
        selector: labels,
        ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('edge'),
      spec: { type: 'LoadBalancer', selector: labels, ports: [{ port: 443, protocol: 'TCP' }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('api'),
      spec: { replicas: 2, selector: { matchLabels: labels }, template: pods },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: metadata('store'),
      spec: {
        replicas: 1,
        serviceName: 'api',
        selector: { matchLabels: { app: 'store' } },
        template: { ...pods, metadata: { labels: { app: 'store' } } },
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadata('tidy'),
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: job } },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: metadata('api'),
      spec: { defaultBackend: { service: { name: 'api', port: { number: 80 } } } },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: metadata('api'),
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: metadata('api'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'api' },
      subjects: [subject],
    },
  ];
}
