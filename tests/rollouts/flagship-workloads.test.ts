import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadedRollout } from '../../src/bundle/load.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { isObject, read, readList, readObject, readText } from '../../src/domain/json-fields.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { readManifests } from '../../src/manifests/objects.ts';
import { loadFlagship, objectsOf, secretsOf, readsItsNode, selects, workloadsOf, type Workload } from './flagship.ts';

// What the flagship's workloads have to be like. That the API server takes them is shown against one, in
// tests/integration/flagship-manifests.test.ts.

let lab: LoadedRollout;
let objects: readonly KubernetesObject[];
let workloads: readonly Workload[];
beforeAll(async () => {
  lab = await loadFlagship('lab');
  objects = objectsOf(lab);
  workloads = workloadsOf(objects);
});

const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
const services = () => workloads.filter(({ object }) => object.kind !== 'Job');
/** Those that run on some nodes and can run on others. */
const movable = () => services().filter(({ object }) => object.kind !== 'DaemonSet');
/** Labels of the workloads for which something does not hold: a failure names all of them. */
const without = (those: readonly Workload[], holds: (one: Workload) => boolean): readonly string[] =>
  those.filter((one) => !holds(one)).map(({ label }) => label);

/** Every image that is named anywhere in an object: in pods, in templates of any kind, in settings of operators. */
function imagesIn(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    key === 'image' && typeof below === 'string' ? [below] : imagesIn(below ?? null),
  );
}

describe('each workload of the flagship', () => {
  test('is pinned to a version, from a registry that is named; by digest where the README says so', () => {
    // Whatever a step does with them: what is adopted alone runs too.
    const images = [...lab.files]
      .filter(([path]) => path.startsWith('manifests/'))
      .flatMap(([, text]) => readManifests(text).objects.flatMap(({ object }) => imagesIn(object)));
    for (const { containers } of workloads)
      expect(images).toEqual(expect.arrayContaining(containers.map((one) => readText(one, 'image'))));
    for (const image of images)
      expect(image).toMatch(/^[a-z0-9.]+\.[a-z]+\/[^:@]+:[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?$/);
    expect(images.filter((image) => /:latest|:main|:master/.test(image))).toEqual([]);
    const byDigest = images.filter((image) => image.includes('@'));
    expect([...new Set(byDigest.map((image) => image.replace(/:.*/, '')))].sort()).toEqual([
      ...['docker.io/grafana/grafana', 'docker.io/minio/minio'],
    ]);
  });

  test('pulls no image that is there: by itself the server keeps what it made of `latest`, where that was found', () => {
    const pulls = (container: JsonObject) => readText(container, 'imagePullPolicy');
    expect(without(workloads, ({ containers }) => containers.every((one) => pulls(one) === 'IfNotPresent'))).toEqual(
      [],
    );
  });

  test('says what it needs and where it ends', () => {
    const bounded = (container: JsonObject) =>
      ['cpu', 'memory'].every((name) => read(container, 'resources', 'requests', name) !== undefined) &&
      read(container, 'resources', 'limits', 'memory') !== undefined;
    expect(without(workloads, ({ containers }) => containers.every(bounded))).toEqual([]);
  });

  test('is asked whether it has started, is ready, and lives', () => {
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'];
    expect(
      without(services(), ({ pod }) =>
        readList(pod, 'containers').every((container) => probes.every((probe) => read(container, probe) !== undefined)),
      ),
    ).toEqual([]);
  });

  test('keeps to the restricted level of Pod Security, but for what reads directories of its node', () => {
    const restricted = ({ pod, containers }: Workload) =>
      read(pod, 'securityContext', 'runAsNonRoot') === true &&
      read(pod, 'securityContext', 'seccompProfile', 'type') === 'RuntimeDefault' &&
      ['hostNetwork', 'hostPID', 'hostIPC'].every((name) => read(pod, name) === undefined) &&
      containers.every(
        (container) =>
          read(container, 'securityContext', 'allowPrivilegeEscalation') === false &&
          readList(container, 'securityContext', 'capabilities', 'drop').includes('ALL') &&
          readList(container, 'securityContext', 'capabilities', 'add').every((one) => one === 'NET_BIND_SERVICE'),
      );
    expect(without(workloads, restricted)).toEqual([]);
    expect(workloads.filter(readsItsNode).map(({ label }) => label)).toEqual([
      'DaemonSet monitoring/node-exporter',
      'DaemonSet logging/fluent-bit',
    ]);
    const written = workloads.filter(readsItsNode).flatMap(({ pod, containers }) => {
      const ofNode = readList(pod, 'volumes').filter((volume) => read(volume, 'hostPath') !== undefined);
      return containers
        .flatMap((container) => readList(container, 'volumeMounts'))
        .filter((mount) => ofNode.some((volume) => readText(volume, 'name') === readText(mount, 'name')))
        .filter((mount) => read(mount, 'readOnly') !== true);
    });
    expect(written).toEqual([]);
  });

  test('has no token of the API server unless it asks it something', () => {
    const bound = new Set(
      [...ofKind('RoleBinding'), ...ofKind('ClusterRoleBinding')].flatMap((binding) =>
        readList(binding, 'subjects').map(
          (one) => `${readText(one, 'namespace') ?? ''}/${readText(one, 'name') ?? ''}`,
        ),
      ),
    );
    expect(
      without(
        workloads,
        ({ pod, namespace }) =>
          read(pod, 'automountServiceAccountToken') ===
          bound.has(`${namespace}/${readText(pod, 'serviceAccountName') ?? ''}`),
      ),
    ).toEqual([]);
  });

  test('is spread over nodes, and has a disruption budget and a network policy of its own', () => {
    expect(
      without(movable(), ({ pod, labels }) =>
        readList(pod, 'topologySpreadConstraints').some(
          (one) =>
            readText(one, 'topologyKey') === 'kubernetes.io/hostname' &&
            selects(readObject(one, 'labelSelector', 'matchLabels'), labels),
        ),
      ),
    ).toEqual([]);
    const chosen =
      (kind: string, ...path: string[]) =>
      (one: Workload) =>
        ofKind(kind).some(
          ({ metadata, ...object }) =>
            metadata.namespace === one.namespace &&
            Object.keys(readObject(object, 'spec', ...path)).length > 0 &&
            selects(readObject(object, 'spec', ...path), one.labels),
        );
    expect(without(movable(), chosen('PodDisruptionBudget', 'selector', 'matchLabels'))).toEqual([]);
    // Nothing calls Kiali as long as it is off.
    const inUse = services().filter(({ namespace }) => namespace !== 'istio-system');
    expect(without(inUse, chosen('NetworkPolicy', 'podSelector', 'matchLabels'))).toEqual([]);
  });

  test('finds the Secrets, ConfigMaps and accounts that it names', () => {
    const there = new Set([
      ...objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`),
      ...secretKeys(),
    ]);
    const missing = workloads.flatMap((one) => namedBy(one).filter((name) => !there.has(name)));
    expect(missing).toEqual([]);
    const used = new Set(workloads.flatMap(namedBy).filter((name) => name.startsWith('Secret')));
    expect(used.size).toBeGreaterThan(10);
  });
});

/** `Secret NAMESPACE/NAME KEY` for each key that a step makes. */
function secretKeys(): readonly string[] {
  return secretsOf(lab).flatMap(({ namespace, name, data, generate }) =>
    [...Object.keys(data), ...Object.keys(generate)].map((key) => `Secret ${namespace}/${name} ${key}`),
  );
}

/** What a workload's pods cannot start without. */
function namedBy({ pod, containers, namespace }: Workload): readonly string[] {
  const keys = containers.flatMap((container) =>
    readList(container, 'env').flatMap((variable) => {
      const of = readObject(variable, 'valueFrom', 'secretKeyRef');
      const name = readText(of, 'name');
      return name === undefined ? [] : [`Secret ${namespace}/${name} ${readText(of, 'key') ?? ''}`];
    }),
  );
  const given = containers.flatMap((container) =>
    readList(container, 'envFrom').flatMap((from) => readText(from, 'configMapRef', 'name') ?? []),
  );
  const volumes = readList(pod, 'volumes').flatMap((volume) => [volume, ...readList(volume, 'projected', 'sources')]);
  const mounted = volumes.flatMap((volume) =>
    read(volume, 'configMap', 'optional') === true ? [] : (readText(volume, 'configMap', 'name') ?? []),
  );
  const secrets = volumes.flatMap((volume) =>
    readList(volume, 'secret', 'items').map(
      (item) => `Secret ${namespace}/${readText(volume, 'secret', 'secretName') ?? ''} ${readText(item, 'key') ?? ''}`,
    ),
  );
  return [
    ...keys,
    ...secrets,
    ...[...given, ...mounted].map((name) => `ConfigMap ${namespace}/${name}`),
    `ServiceAccount ${namespace}/${readText(pod, 'serviceAccountName') ?? ''}`,
  ];
}
