import { stringify } from 'yaml';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';

/** The namespace that the contestants apply to. */
export const NAMESPACE = 'bench';

/**
 * Objects of four kinds in equal parts: ConfigMap, ServiceAccount, Service, Deployment. The Deployments ask for no
 * replicas, so that applying is what is measured, not the simulated nodes.
 */
export function objectsOf(count: number, namespace: string = NAMESPACE): readonly KubernetesObject[] {
  const kinds = [configMap, serviceAccount, service, (name: string) => deployment(name, 0)];
  return kinds.flatMap((kind) =>
    Array.from({ length: count / kinds.length }, (_, index) => {
      const { metadata, ...rest } = kind(`app-${String(index).padStart(5, '0')}`);
      return { ...rest, metadata: { ...metadata, namespace } };
    }),
  );
}

export function yamlOf(objects: readonly object[]): string {
  return objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}

const labels = (name: string) => ({ 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'bench' });

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: labels(name) },
  data: {
    LOG_LEVEL: 'info',
    DATABASE_HOST: `${name}.databases.svc`,
    'application.yaml': `server:\n  port: 8080\n  name: ${name}\nfeatures:\n  - orders\n  - reports\n`,
  },
});

const serviceAccount = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, labels: labels(name) },
  automountServiceAccountToken: false,
});

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, labels: labels(name) },
  spec: {
    selector: { 'app.kubernetes.io/name': name },
    ports: [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'metrics', port: 9090, targetPort: 'metrics' },
    ],
  },
});

/** @param readyAfter how long the simulated node takes to make a pod ready. */
export const deployment = (name: string, replicas: number, readyAfter = '500ms') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: labels(name) },
  spec: {
    replicas,
    selector: { matchLabels: { 'app.kubernetes.io/name': name } },
    template: {
      metadata: { labels: labels(name), annotations: { 'windlass.dev/ready-after': readyAfter } },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'registry.example.com/app:1.4.2',
            envFrom: [{ configMapRef: { name } }],
            ports: [
              { name: 'http', containerPort: 8080 },
              { name: 'metrics', containerPort: 9090 },
            ],
            readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 5 },
            resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
          },
        ],
      },
    },
  },
});
