import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadedRollout } from '../../src/bundle/load.ts';
import { isObject, read, readList, readNumber, readText } from '../../src/domain/json-fields.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { loadFlagship, objectsOf, secretsOf } from './flagship.ts';

let lab: LoadedRollout;
let objects: readonly KubernetesObject[];
beforeAll(async () => {
  lab = await loadFlagship('lab');
  objects = objectsOf(lab);
});

const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);

describe('the platform that it makes', () => {
  const replicas = (kind: string, namespace: string, name: string): unknown =>
    read(
      objects.find(
        ({ kind: one, metadata }) => one === kind && metadata.namespace === namespace && metadata.name === name,
      ),
      'spec',
      'replicas',
    );
  /** How many an autoscaler keeps, where the manifest leaves the number to one. */
  const atLeast = (namespace: string, name: string): unknown => {
    expect(replicas('Deployment', namespace, name)).toBeUndefined();
    const found = ofKind('HorizontalPodAutoscaler').find(
      (one) => one.metadata.namespace === namespace && readText(one, 'spec', 'scaleTargetRef', 'name') === name,
    );
    return read(found, 'spec', 'minReplicas');
  };
  const scaled = (namespace: string, name: string): unknown =>
    lab.bundle.phases
      .flatMap(({ steps }) => steps)
      .flatMap((step) =>
        step.kind === 'kubernetes.scale' && step.with.namespace === namespace ? step.with.workloads : [],
      )
      .flatMap((one) => (one.name === name ? [one.replicas ?? one.atLeast ?? one.toCapacity?.max] : []));

  test('has as many pods of each service as it is to have', () => {
    expect({
      minio: replicas('StatefulSet', 'data-platform', 'minio'),
      api: replicas('Deployment', 'data-platform', 'dolphinscheduler-api'),
      master: replicas('StatefulSet', 'data-platform', 'dolphinscheduler-master'),
      worker: replicas('StatefulSet', 'data-platform', 'dolphinscheduler-worker'),
      alert: replicas('Deployment', 'data-platform', 'dolphinscheduler-alert'),
      coordinator: replicas('Deployment', 'data-platform', 'trino-coordinator'),
      iceberg: replicas('Deployment', 'data-platform', 'iceberg-rest'),
      operator: replicas('Deployment', 'data-platform', 'spark-operator'),
      web: atLeast('data-platform', 'superset-web'),
      celery: atLeast('data-platform', 'superset-worker'),
      beat: replicas('Deployment', 'data-platform', 'superset-beat'),
      frontend: replicas('StatefulSet', 'data-platform', 'doris-fe'),
      backend: replicas('StatefulSet', 'data-platform', 'doris-be'),
      nginx: replicas('Deployment', 'ingress-nginx', 'nginx-ingress'),
      tunnel: replicas('Deployment', 'cloudflare-tunnel', 'cloudflared'),
      metrics: replicas('StatefulSet', 'victoria-metrics', 'victoria-metrics'),
      agent: replicas('Deployment', 'victoria-metrics', 'vmagent'),
      rules: replicas('Deployment', 'victoria-metrics', 'vmalert'),
      alertmanager: replicas('StatefulSet', 'monitoring', 'alertmanager'),
      grafana: replicas('Deployment', 'monitoring', 'grafana'),
      logs: replicas('StatefulSet', 'logging', 'loki'),
    }).toEqual({
      ...{ minio: 1, api: 3, master: 3, worker: 8, alert: 2, coordinator: 1, iceberg: 1, operator: 1 },
      ...{ web: 2, celery: 2, beat: 1, frontend: 1, backend: 3, nginx: 2, tunnel: 2 },
      ...{ metrics: 1, agent: 1, rules: 1, alertmanager: 2, grafana: 2, logs: 1 },
    });
  });

  test('leaves numbers that a step sets out of the manifests, and sets them there', () => {
    // Two of Trino's at once, and later as many as there is room for, up to four: the first step takes none of these away.
    const set = { lakefs: [1], 'spark-history-server': [1], 'trino-worker': [2, 4] };
    for (const [name, count] of Object.entries(set)) {
      expect([name, replicas('Deployment', 'data-platform', name)]).toEqual([name, undefined]);
      expect([name, scaled('data-platform', name)]).toEqual([name, count]);
    }
    expect([replicas('Deployment', 'istio-system', 'kiali'), scaled('istio-system', 'kiali')]).toEqual([
      undefined,
      [0],
    ]);
  });

  test('asks for 18 volumes of 145Gi in all, MinIO’s of 50Gi, in classes that are there', () => {
    const claims = ofKind('StatefulSet').flatMap((object) => {
      const count = readNumber(object, ['spec', 'replicas'], 1);
      return readList(object, 'spec', 'volumeClaimTemplates').flatMap((template) =>
        Array.from({ length: count }, () => ({
          of: object.metadata.name,
          size: readText(template, 'spec', 'resources', 'requests', 'storage') ?? '',
          storageClass: readText(template, 'spec', 'storageClassName') ?? '',
        })),
      );
    });
    const gibibytes = (size: string) => Number(/^(\d+)Gi$/.exec(size)?.[1]);
    expect(claims).toHaveLength(18);
    expect(claims.reduce((sum, { size }) => sum + gibibytes(size), 0)).toBe(145);
    expect(claims.find(({ of }) => of === 'minio')?.size).toBe('50Gi');
    const made = ofKind('StorageClass').map(({ metadata }) => metadata.name);
    expect(made).toEqual(['local-storage-legacy']);
    expect([...new Set(claims.map(({ storageClass }) => storageClass))].sort()).toEqual([...made, 'standard'].sort());
  });

  test('has sixteen Secrets and one for its certificates, and shows of those that open something that they do', () => {
    const names = secretsOf(lab).map(({ namespace, name }) => `${namespace}/${name}`);
    expect(names.filter((name) => !name.startsWith('cert-manager/'))).toHaveLength(16);
    expect(new Set(names).size).toBe(17);
    const shown = lab.bundle.phases
      .flatMap(({ steps }) => steps)
      .flatMap((step) => {
        if (step.kind !== 'probe') return [];
        if (step.with.protocol === 'sql') return [step.with.login?.password];
        return step.with.protocol === 's3' ? [step.with.keys?.accessKey] : [];
      })
      .flatMap((place) => (place !== undefined && 'kubernetesSecret' in place ? [place.kubernetesSecret] : []))
      .map(({ namespace, name }) => `${namespace}/${name}`);
    // By what stands in minio-metrics numbers are asked for, and nothing else: no key of S3.
    const opening = names.filter((name) => /-db$|\/minio-|\/trino-/.test(name) && !name.endsWith('minio-metrics'));
    expect([...new Set(shown)].sort()).toEqual([...opening].sort());
    // The scheduler's tables are read by two roles: it itself, and Trino's, whose password is among the catalogs.
    expect(opening).toHaveLength(9);
  });
});

describe('the way in', () => {
  const domain = '254carbon.com';
  const rules = () => ofKind('Ingress').flatMap((object) => readList(object, 'spec', 'rules').filter(isObject));

  test('has twelve hosts below the domain, each once, all of the class nginx and without annotations', () => {
    const hosts = rules().map((rule) => readText(rule, 'host') ?? '');
    expect([...hosts].sort()).toEqual(
      [
        ...['dolphin', 'trino', 'grafana', 'minio', 'superset', 'doris'],
        ...['lakefs', 'spark', 'iceberg', 'metrics', 'alerts', 'rollouts'],
      ]
        .map((name) => `${name}.${domain}`)
        .sort(),
    );
    for (const ingress of ofKind('Ingress')) {
      expect(readText(ingress, 'spec', 'ingressClassName')).toBe('nginx');
      expect(ingress.metadata.annotations).toBeUndefined();
    }
    expect(ofKind('IngressClass').map(({ metadata }) => metadata.name)).toEqual(['nginx']);
  });

  test('leads to ports that the Services have', () => {
    const ports = new Map(
      ofKind('Service').map((service) => [
        `${service.metadata.namespace ?? ''}/${service.metadata.name}`,
        readList(service, 'spec', 'ports').map((port) => readText(port, 'name')),
      ]),
    );
    const led = ofKind('Ingress').flatMap((ingress) =>
      readList(ingress, 'spec', 'rules').flatMap((rule) =>
        readList(rule, 'http', 'paths').map((path) => ({
          to: `${ingress.metadata.namespace ?? ''}/${readText(path, 'backend', 'service', 'name') ?? ''}`,
          port: readText(path, 'backend', 'service', 'port', 'name') ?? '',
        })),
      ),
    );
    const unled = led.filter(({ to, port }) => ports.get(to)?.includes(port) !== true).map(({ to }) => to);
    expect(unled).toEqual([]);
  });

  test('stands on the node ports that the tunnel was set up for', () => {
    const nodePorts = ofKind('Service').flatMap((service) =>
      readList(service, 'spec', 'ports').flatMap((port) => readNumber(port, ['nodePort'], [])),
    );
    expect(nodePorts).toEqual([31317, 30512]);
  });
});
