import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadRollout, type LoadedRollout } from '../../src/bundle/load.ts';
import { read, readList, readNumber, readObject, readText } from '../../src/domain/json-fields.ts';
import { labelOf, type KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { inputOf } from '../../src/lab/pod-inputs/input.ts';
import { PLACEHOLDER } from '../../src/lab/pod-inputs/mark.ts';
import { readSeed, type Seed } from '../../src/lab/seed/directory.ts';
import { readManifests } from '../../src/manifests/objects.ts';

// What the flagship's lab is seeded with. That the rollout carries it from there is shown by `make demo`.

const FLAGSHIP = join(import.meta.dirname, '../../rollouts/254carbon');
const PLATFORM = ['data-platform', 'cloudflare-tunnel', 'istio-system', 'kyverno'];

let seed: Seed;
let found: ReadonlyMap<string, KubernetesObject>;
let rollout: LoadedRollout;
beforeAll(async () => {
  seed = readSeed(join(FLAGSHIP, 'as-found'));
  found = new Map(seed.applied.map((object) => [label(object), object]));
  const loaded = await loadRollout(FLAGSHIP, 'lab');
  if (!loaded.ok) throw new Error('the flagship does not load');
  rollout = loaded;
});

function label({ kind, metadata }: KubernetesObject): string {
  return labelOf({ kind, ...metadata });
}

const ofKind = (kind: string) => seed.applied.filter((object) => object.kind === kind);

/** What the rollout adopts and applies, with the namespace that its step gives it. */
function declared(): readonly KubernetesObject[] {
  return rollout.bundle.phases
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.kind === 'kubernetes.apply' || step.kind === 'kubernetes.adopt' ? [step.with] : []))
    .flatMap(({ manifests, namespace }) =>
      [...rollout.files]
        .filter(([file]) => manifests.some((path) => file === path || file.startsWith(`${path}/`)))
        .flatMap(([, text]) => readManifests(text).objects)
        .map(({ object }) => ({
          ...object,
          metadata: { ...(namespace === undefined ? {} : { namespace }), ...object.metadata },
        })),
    );
}

describe('the platform as it was found', () => {
  test('has twelve Secrets that hold nothing but placeholders, and one that does not', () => {
    const placeholders = ofKind('Secret').filter((secret) => {
      const data = readObject(secret, 'stringData');
      const { keys } = inputOf({ data }, 'ConfigMap');
      return keys.size > 0 && [...keys.values()].every(Boolean);
    });
    expect(placeholders).toHaveLength(12);
    expect(ofKind('Secret')).toHaveLength(13);
    expect(PLACEHOLDER).toBe('CHANGE_ME');
  });

  test('was changed by hand after it was applied', () => {
    for (const part of seed.edited) expect([...found.keys()]).toContain(label(part));
    const replicas = Object.fromEntries(
      seed.edited
        .filter(({ kind }) => kind === 'Deployment')
        .map((part) => [part.metadata.name, read(part, 'spec', 'replicas')]),
    );
    expect(replicas).toEqual({ 'dolphinscheduler-api': 1, lakefs: 0, 'spark-history-server': 0, 'trino-worker': 1 });
  });

  test('has no disruption budget, address, network policy or storage class', () => {
    for (const kind of ['PodDisruptionBudget', 'Ingress', 'NetworkPolicy', 'StorageClass'])
      expect(ofKind(kind)).toEqual([]);
    expect(seed.buckets).toEqual([]);
  });

  test('has no database of the platform: what is there is sample data, which the rollout times questions on', () => {
    const made = rollout.bundle.phases
      .flatMap(({ steps }) => steps)
      .flatMap((step) => (step.kind === 'postgres.provision' ? step.with.databases.map(({ name }) => name) : []));
    expect(made).toContain('dolphinscheduler');
    expect(seed.databases.map(({ name }) => name)).toEqual(['market']);
    expect(made).not.toContain('market');
  });

  test('has no workload that raises the count: the rollout declares all of them, but for those of others', () => {
    const known = new Set(declared().map(label));
    const workloads = seed.applied.filter(
      ({ kind, metadata }) =>
        ['Deployment', 'StatefulSet', 'CronJob'].includes(kind) && PLATFORM.includes(metadata.namespace ?? ''),
    );
    expect(workloads.length).toBeGreaterThan(20);
    const others = workloads.map(label).filter((one) => !known.has(one));
    expect(others).toEqual(
      ofKind('Deployment')
        .map(label)
        .filter((one) => one.startsWith('Deployment kyverno/')),
    );
  });
});

// An apply cannot change these, and a container of another name would stay beside the new one.
describe('the rollout can take it from there, because it leaves alone', () => {
  const pairs = () =>
    declared().flatMap((object) => {
      const before = found.get(label(object));
      return before === undefined || label(object) === 'StatefulSet data-platform/zookeeper'
        ? []
        : [{ before, object }];
    });
  const names = (object: KubernetesObject) =>
    readList(object, 'spec', 'template', 'spec', 'containers').map((one) => readText(one, 'name'));

  test('selectors, and the names of containers', () => {
    const workloads = pairs().filter(({ object }) => ['Deployment', 'StatefulSet'].includes(object.kind));
    expect(workloads.length).toBeGreaterThan(15);
    for (const { before, object } of workloads) {
      expect({ of: label(object), ...readObject(before, 'spec', 'selector') }).toEqual({
        of: label(object),
        ...readObject(object, 'spec', 'selector'),
      });
      expect(names(before)).toEqual(names(object));
    }
  });

  test('claims, services and the order of StatefulSets', () => {
    const sets = pairs().filter(({ object }) => object.kind === 'StatefulSet');
    expect(sets.length).toBeGreaterThan(3);
    for (const { before, object } of sets)
      for (const field of ['serviceName', 'podManagementPolicy', 'volumeClaimTemplates'])
        expect(read(before, 'spec', field)).toEqual(read(object, 'spec', field));
  });

  test('addresses of Services', () => {
    for (const { before, object } of pairs().filter(({ object }) => object.kind === 'Service')) {
      expect(read(before, 'spec', 'clusterIP')).toBe(read(object, 'spec', 'clusterIP'));
      const ports = readList(object, 'spec', 'ports').map((port) => readNumber(port, ['port'], 0));
      expect(ports).toEqual(
        expect.arrayContaining(readList(before, 'spec', 'ports').map((port) => readNumber(port, ['port'], 0))),
      );
    }
  });
});
