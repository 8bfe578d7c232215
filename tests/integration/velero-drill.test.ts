import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Applied } from '../../src/domain/step-engine.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { veleroDrill, type VeleroDrillSpec } from '../../src/domain/kinds/velero-drill.ts';
import { credentialsRef, locationRef, veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { BACKUP, BACKUP_OF, isSentinel } from '../../src/velero/backup/objects.ts';
import { dissolve } from '../../src/velero/drill/isolation.ts';
import { drillKeys } from '../../src/velero/drill/names.ts';
import type { DrillTools } from '../../src/velero/drill/open.ts';
import { veleroDrillEngine } from '../../src/velero/drill/drill-engine.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import type { WindlassFailure } from '../../src/domain/failure.ts';
import { RESTORE } from '../../src/velero/restore/judge.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { freshName } from '../support/settings.ts';
import { drillTools, originalsOf } from '../velero/drill-tools.ts';
import { leftoversOf, ofStep } from '../velero/leftovers.ts';
import { patientDrills } from '../velero/patient.ts';
import { platform } from '../velero/platform.ts';
import {
  applying,
  rewriteArchive,
  restoringAll,
  tampering,
  withFlippedBytes,
  withoutObject,
} from '../velero/tamper.ts';
import { ofKind } from '../../src/domain/evidence.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

const store = labStore();
const name = freshName();
const location = veleroLocation.parse({ name, bucket: name, objectStore: 'objects', validationFrequency: '1s' });
let api: KubernetesClient;
let tools: DrillTools;
let runs = 0;

function spec(more: object = {}): VeleroDrillSpec {
  return veleroDrill.parse({
    name: `${name}-${String(++runs)}`,
    objectStore: 'objects',
    includedNamespaces: [name],
    storageLocation: name,
    within: '2m',
    ...more,
  });
}

function context(step: string) {
  return engineContext({ owner: { ...engineContext().owner, rollout: name, step } });
}

/** Objects of a kind that a drill of this step made and left. */
function leftovers(step: string): Promise<string[]> {
  return leftoversOf(api, ofStep(context(step).owner));
}

function verdictOf({ findings }: Applied): { readonly holds: boolean; readonly faults: readonly string[] } {
  const [proof] = ofKind('drill-proof', findings);
  return { holds: proof?.holds === true, faults: proof?.observed.faults ?? [] };
}

const isSentinelObject = ({ metadata }: KubernetesObject) => isSentinel(metadata.name);
const isJournal = ({ type }: KubernetesObject) => type === 'windlass.dev/drill-journal';
const isRestore = ({ kind }: KubernetesObject) => kind === RESTORE.kind;

beforeAll(async () => {
  api = await openLabCluster();
  tools = drillTools(api, store);
  await s3Client(store).makeBucket(name, store.region);
  for (const object of [...platform(name), ...awkward(name)]) await api.apply(object);
  await veleroLocationEngine(api, store).apply(location, engineContext());
});

afterAll(async () => {
  await api.delete(locationRef(location));
  await api.delete(credentialsRef(location));
  for (const made of await api.list(BACKUP, { namespace: 'velero', labelSelector: BACKUP_OF }))
    if (made.metadata.name.startsWith(name))
      await api.delete({ ...BACKUP, namespace: 'velero', name: made.metadata.name });
  await api.merge(HELD, { metadata: { finalizers: null } });
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  await api.close();
});

describe('velero.drill on the lab’s Velero', () => {
  test('proves a backup of every kind of object, leaves nothing behind, and does not touch the original', async () => {
    const before = await originalsOf(api, name);
    const drill = spec({ rto: '5m', rpo: '10m' });
    const engine = patientDrills(veleroDrillEngine(tools));
    const seen = new Set<string>();
    const watched = watchDrillNamespaces(seen);
    const applied = await engine.apply(drill, context('good'));
    await watched.stop();

    expect(verdictOf(applied)).toEqual({ holds: true, faults: [] });
    expect(applied.findings.map(({ holds }) => holds)).toEqual([true, true, true]);
    // What could act on the world never came up in a namespace of the drill.
    expect(
      [...seen].filter((kind) => ['Ingress', 'CronJob', 'Job', 'LoadBalancer', 'NodePort'].includes(kind)),
    ).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining(['Deployment with 0', 'StatefulSet with 0', 'Service']));
    expect(await leftovers('good')).toEqual([]);
    expect(await originalsOf(api, name)).toEqual(before);

    expect(await engine.plan(drill, context('good'))).toMatchObject([{ action: 'unchanged' }]);
    expect(await engine.verify(drill, context('good'))).toMatchObject([{ holds: true }]);
  });

  test('with a resource left out by mistake names what is missing, and is never proven', async () => {
    const drill = spec({ excludedResources: ['configmaps'] });
    const engine = patientDrills(veleroDrillEngine(tools));
    const { holds, faults } = verdictOf(await engine.apply(drill, context('left-out')));
    expect(holds).toBe(false);
    expect(faults).toEqual([
      sentinelFault(`ConfigMap ${name}`, 'left-out'),
      `ConfigMap ${name}/settings is missing in the restore`,
    ]);
    expect(await engine.verify(drill, context('left-out'))).toMatchObject([{ holds: false }]);
    expect(await leftovers('left-out')).toEqual([]);
  });

  test('is never proven when the backup was tampered with or the cluster changes what is restored, and says why', async () => {
    const client = s3Client(store);
    const rewrite = (how: (archive: Buffer) => Buffer) => (backup: string) => rewriteArchive(client, name, backup, how);
    const cases: Record<string, (backup: string) => Promise<void>> = {
      'object-deleted': rewrite((archive) => withoutObject(archive, 'login')),
      'sentinel-deleted': rewrite((archive) => withoutObject(archive, 'windlass-sentinel')),
      'bytes-flipped': rewrite(withFlippedBytes),
      'restore-refused': () => Promise.resolve(),
      'restore-changed': () => Promise.resolve(),
      'ingress-restored': () => Promise.resolve(),
    };
    const policies = [
      ...validatingPolicy(scratchOf('restore-refused', caseOf('restore-refused'))),
      ...mutatingPolicy(scratchOf('restore-changed', caseOf('restore-changed'))),
    ];
    for (const policy of policies) await api.apply(policy);
    try {
      const verdicts = await Promise.all(
        Object.entries(cases).map(async ([step, tamper]) => {
          const changing = step === 'ingress-restored' ? restoringAll(api) : api;
          const engine = patientDrills(veleroDrillEngine({ ...tools, api: tampering(changing, tamper) }));
          // Of its own: drills run one after the other on one target, and the sentinels of one are moved objects of another.
          const namespace = caseOf(step);
          const drill = spec({ includedNamespaces: [namespace] });
          const acting = step === 'ingress-restored' ? ACTING : [];
          const some = platform(namespace).filter(
            ({ kind, metadata: m }, i) => i < 4 || acting.includes(`${kind} ${m.name}`),
          );
          for (const object of some) await api.apply(object);
          const verdict = verdictOf(await engine.apply(drill, context(step)));
          expect(await engine.verify(drill, context(step))).toMatchObject([{ holds: false }]);
          // Velero holds a Restore until it has taken its files away.
          await until(async () => (await leftovers(step)).length === 0);
          return [step, verdict] as const;
        }),
      );
      const faults = Object.fromEntries(verdicts.map(([step, verdict]) => [step, verdict.faults]));
      expect(verdicts.map(([, { holds }]) => holds)).toEqual(verdicts.map(() => false));
      expect(faults['object-deleted']).toEqual([`Secret ${caseOf('object-deleted')}/login is missing in the restore`]);
      expect(faults['sentinel-deleted']).toEqual([
        sentinelFault(`ConfigMap ${caseOf('sentinel-deleted')}`, 'sentinel-deleted'),
        sentinelFault(`Secret ${caseOf('sentinel-deleted')}`, 'sentinel-deleted'),
      ]);
      expect(faults['ingress-restored']).toEqual([
        `CronJob ${caseOf('ingress-restored')}/tidy was restored, and would do the work of the original a second time`,
        `Ingress ${caseOf('ingress-restored')}/api was restored, and would take traffic from the original`,
        `Service ${caseOf('ingress-restored')}/edge was restored as a LoadBalancer`,
      ]);
      expect(faults['bytes-flipped']?.[0]).toMatch(/^the restore is (Partially)?Failed/);
      expect(faults['restore-refused']).toEqual([
        'the restore is PartiallyFailed',
        'the restore had 1 errors',
        expect.stringContaining('configmaps'),
        `ConfigMap ${caseOf('restore-refused')}/settings is missing in the restore`,
      ]);
      expect(faults['restore-changed']).toEqual([
        `ConfigMap ${caseOf('restore-changed')}/settings differs in data.level`,
      ]);
    } finally {
      for (const { apiVersion, kind, metadata } of policies)
        await api.delete({ apiVersion, kind, name: metadata.name });
    }
  });

  test('of a backup that Velero itself did not finish without errors fails, and says what they were', async () => {
    const namespace = caseOf('errors');
    await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    // A hook that cannot be run: no container is behind a simulated pod.
    const annotations = { 'pre.hook.backup.velero.io/command': '["/bin/true"]' };
    const containers = [{ name: 'main', image: 'registry.example/api:1' }];
    await api.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'hooked', namespace, annotations },
      spec: { containers },
    });
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'hooked' };
    await until(async () => (await api.get(pod))?.['status'] && JSON.stringify(await api.get(pod)).includes('Running'));
    const failure = veleroDrillEngine(tools).apply(spec({ includedNamespaces: [namespace] }), context('errors'));
    const { type, message } = (await failure.catch((error: unknown) => error)) as WindlassFailure;
    expect(`${type}: ${message}`).toMatch(/^BackupFailed: .*PartiallyFailed; .*hook/);
    expect(await leftovers('errors')).toEqual([]);
  });

  test('over a namespace that does not exist says so and makes nothing', async () => {
    const failure = veleroDrillEngine(tools).apply(spec({ includedNamespaces: [`${name}-no`] }), context('nowhere'));
    await expect(failure).rejects.toMatchObject({ type: 'NotFound', options: { object: `Namespace ${name}-no` } });
    expect(await leftovers('nowhere')).toEqual([]);
  });

  test('whose namespace does not go names it, its conditions and the object, and goes on once it may', async () => {
    const { run, step } = drillKeys(context('stuck').owner);
    const held = { apiVersion: 'v1', kind: 'ConfigMap', namespace: `${name}-stuck`, name: 'one' };
    const labels = { 'windlass.dev/drill': run, 'windlass.dev/drill-step': step };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', name: held.namespace };
    await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace.name, labels } });
    const metadata = { name: held.name, namespace: held.namespace, finalizers: ['bugs.example.com/cleanup'] };
    await api.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await api.delete(namespace);
    await until(async () => JSON.stringify(await api.get(namespace)).includes('Some content in the namespace has fin'));
    const { signal } = new AbortController();
    const cleaning = (goneWithinMs: number) =>
      dissolve({ ...tools, goneWithinMs }, `windlass.dev/drill=${run}`, { volumes: 'none' }, signal);
    await expect(cleaning(500)).rejects.toMatchObject({
      type: 'NotReadyInTime',
      message: expect.stringMatching(
        new RegExp(
          `NamespaceFinalizersRemaining \\(.*bugs.example.com/cleanup.*ConfigMap ${name}-stuck/one is held by bugs.example.com/cleanup`,
        ),
      ) as unknown,
      options: { object: `Namespace ${name}-stuck`, next: expect.stringContaining('finalizers') as unknown },
    });
    await api.merge(held, { metadata: { finalizers: null } });
    await cleaning(240_000);
    expect(await leftovers('stuck')).toEqual([]);
  });

  test.each([
    ['plants', isSentinelObject, false],
    ['writes down what it planted', isJournal, false],
    ['restores', isRestore, false],
    ['restores, and is cancelled', isRestore, true],
  ])(
    'is proven though an older attempt of a starved worker still %s: that one stops, and leaves everything',
    async (what, holds, cancelled) => {
      const step = `overtaken-${what.replaceAll(/[^a-z]+/g, '-')}`;
      const drill = spec();
      const goOn = Promise.withResolvers<undefined>();
      const stopped = Promise.withResolvers<undefined>();
      const cancelling = new AbortController();
      const starved = applying(api, async (object, options) => {
        if (holds(object)) {
          stopped.resolve(undefined);
          await goOn.promise;
        }
        return api.apply(object, options);
      });
      const older = veleroDrillEngine({ ...tools, api: starved })
        .apply(drill, { ...context(step), attempted: 1_000, signal: cancelling.signal })
        .catch((error: unknown) => error);
      await stopped.promise;
      const late = applying(api, async (object, options) => {
        const applied = await api.apply(object, options);
        // The older attempt goes on in the middle of what the newer one does.
        if (object.kind === 'Backup' || object.kind === 'Restore') {
          goOn.resolve(undefined);
          if (cancelled) cancelling.abort(new Error('cancelled'));
          await older;
        }
        return applied;
      });
      const newer = patientDrills(veleroDrillEngine({ ...tools, api: late }));
      expect(verdictOf(await newer.apply(drill, { ...context(step), attempted: 2_000 }))).toEqual({
        holds: true,
        faults: [],
      });
      expect(await older).toMatchObject(cancelled ? { message: 'cancelled' } : { type: 'Interrupted' });
      expect(await leftovers(step)).toEqual([]);
    },
  );

  test('never touches a namespace that it did not make', async () => {
    const drill = spec();
    const foreign = scratchOf('foreign');
    await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: foreign } });
    const failure = veleroDrillEngine(tools).apply(drill, context('foreign'));
    await expect(failure).rejects.toMatchObject({ type: 'TargetBusy', options: { object: `Namespace ${foreign}` } });
    expect(await api.get({ apiVersion: 'v1', kind: 'Namespace', name: foreign })).not.toBeNull();
    await api.delete({ apiVersion: 'v1', kind: 'Namespace', name: foreign });
    expect(await leftovers('foreign')).toEqual([]);
  });
});

/** The namespace that a drill of this file restores into. */
function scratchOf(step: string, namespace: string = name): string {
  return `drill-${drillKeys(context(step).owner).run}-0-${namespace}`;
}

function caseOf(step: string): string {
  return `${name}-${step}`;
}

function sentinelFault(where: string, step: string): unknown {
  const { run } = drillKeys(context(step).owner);
  const fault = `^the sentinel ${where}/windlass-sentinel-${run}-[0-9a-f]{8} did not come back as it was planted$`;
  return expect.stringMatching(new RegExp(fault));
}

const HELD = { apiVersion: 'v1', kind: 'Secret', namespace: name, name: 'held' };

/** What a drill must change so that the copy is harmless and can go, and must change without making it invalid. */
function awkward(namespace: string): readonly KubernetesObject[] {
  const service = (of: string, spec: JsonObject, annotations = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: of, namespace, annotations },
    spec: { selector: { app: 'api' }, ...spec },
  });
  const port = { port: 80, protocol: 'TCP' };
  const nodePort = 31_000 + (process.pid % 1_000);
  return [
    service('node-port', {
      type: 'NodePort',
      ports: [
        { ...port, nodePort },
        { name: 'b', port: 53, protocol: 'UDP' },
      ].map((one, i) => ({ name: `p${i}`, ...one })),
    }),
    service('balanced', {
      type: 'LoadBalancer',
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      loadBalancerClass: 'example.com/internal',
      loadBalancerIP: '10.0.0.1',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: nodePort + 1_000 > 32_767 ? 30_999 : nodePort + 700,
      ports: [port],
    }),
    service('no-node-ports', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [port] }),
    service(
      'ranges',
      { type: 'LoadBalancer', ports: [port] },
      { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' },
    ),
    service('outside', { type: 'ClusterIP', externalIPs: ['10.0.0.2'], externalTrafficPolicy: 'Local', ports: [port] }),
    service('headless', { clusterIP: 'None', ports: [port] }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'elsewhere', namespace },
      spec: { type: 'ExternalName', externalName: 'db.example.com' },
    },
    {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'old', namespace },
      spec: {
        replicas: 1,
        selector: { app: 'old' },
        template: {
          metadata: { labels: { app: 'old' } },
          spec: { containers: [{ name: 'main', image: 'registry.example/api:1' }] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: HELD.name, namespace, finalizers: ['bugs.example.com/cleanup'] },
      data: {},
    },
  ];
}

/** What a drill must never restore. */
const ACTING = ['Ingress api', 'CronJob tidy', 'Service edge'];

const ADMISSION = 'admissionregistration.k8s.io/v1';

/** What holds for ConfigMap `settings` in one namespace alone. */
function constraints(namespace: string): JsonObject {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    resourceRules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['configmaps'],
        resourceNames: ['settings'],
      },
    ],
  };
}

function validatingPolicy(namespace: string): readonly KubernetesObject[] {
  const metadata = { name: `${name}-refuse` };
  return [
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: constraints(namespace),
        validations: [{ expression: 'false', message: 'not here' }],
      },
    },
    {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, validationActions: ['Deny'] },
    },
  ];
}

function mutatingPolicy(namespace: string): readonly KubernetesObject[] {
  const metadata = { name: `${name}-change` };
  const expression = 'Object{data: {"level": "debug"}}';
  return [
    {
      apiVersion: ADMISSION,
      kind: 'MutatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        matchConstraints: constraints(namespace),
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      },
    },
    {
      apiVersion: ADMISSION,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name },
    },
  ];
}

/** Looks at all that comes up in the namespaces of drills of this file. */
function watchDrillNamespaces(seen: Set<string>) {
  const ended = new AbortController();
  const kinds = platform(name).filter(({ kind }) => kind !== 'Namespace');
  const watches = kinds.map(async ({ apiVersion, kind }) => {
    for await (const { object } of api.watch({ apiVersion, kind }, { signal: ended.signal })) note(kind, object);
  });
  function note(kind: string, { metadata, spec: body }: KubernetesObject): void {
    if (!(metadata.namespace ?? '').endsWith(`-0-${name}`)) return;
    const { replicas, type } = (body ?? {}) as { replicas?: number; type?: string };
    seen.add(replicas === undefined ? kind : `${kind} with ${String(replicas)}`);
    if (kind === 'Service' && type !== undefined) seen.add(type);
  }
  return {
    stop: async () => {
      ended.abort();
      await Promise.allSettled(watches);
    },
  };
}
