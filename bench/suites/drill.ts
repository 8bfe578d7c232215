import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { veleroDrill } from '../../src/domain/kinds/velero-drill.ts';
import { veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { labDirectory, labDown, labReset, labUp, type LabEnv } from '../../src/lab/index.ts';
import { s3Client, type S3Connection } from '../../src/objectstore/client.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { bucketWriter } from '../../src/objectstore/writer.ts';
import { veleroDrillEngine } from '../../src/velero/drill/drill-engine.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { interleaved, type Row, type Suite } from '../harness.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? '5');
const NAME = 'bench-drill';
const NONE = { bundle: '', rollout: NAME, environment: 'bench', phase: 'p', step: 's' };

/**
 * A drill of a namespace like that of the flagship: 60 objects of eight kinds. The limit is Velero alone, asked for a backup
 * and then for a restore of the same namespace: without sentinels, isolation, comparison and clean-up.
 */
export const drill: Suite = {
  name: 'drill',
  async run(say): Promise<readonly Row[]> {
    const dir = join(dirname(labDirectory()), 'bench-lab');
    await labReset(dir);
    const { env } = await labUp({ dir });
    const api = await openKubernetes({ kubeconfig: readFileSync(env.WINDLASS_LAB_KUBECONFIG, 'utf8') });
    try {
      const field = new Field(api, storeOf(env));
      await field.prepare();
      // Once unmeasured: connections are open, and Velero has seen the location.
      await field.drill();
      say(`${ROUNDS} rounds`);
      const { ours, velero } = await interleaved(
        { ours: () => field.drill(), velero: () => field.veleroAlone() },
        ROUNDS,
      );
      return [{ name: 'drill', unit: 's', ours: rounded(ours), rivals: {}, limit: rounded(velero) }];
    } finally {
      await api.close();
      await labDown(dir);
    }
  },
};

function storeOf(env: LabEnv): S3Connection {
  return {
    endpoint: env.WINDLASS_LAB_S3_ENDPOINT,
    accessKey: env.WINDLASS_LAB_S3_ACCESS_KEY,
    secretKey: env.WINDLASS_LAB_S3_SECRET_KEY,
    region: 'us-east-1',
    pathStyle: true,
  };
}

class Field {
  readonly #api: KubernetesClient;
  readonly #store: S3Connection;
  #run = 0;

  constructor(api: KubernetesClient, store: S3Connection) {
    this.#api = api;
    this.#store = store;
  }

  async prepare(): Promise<void> {
    await s3Client(this.#store).makeBucket(NAME, this.#store.region);
    for (const object of objects()) await this.#api.apply(object);
    const location = veleroLocation.parse({ name: NAME, bucket: NAME, objectStore: 'objects' });
    await veleroLocationEngine(this.#api, this.#store).apply(location, this.#context());
  }

  async drill(): Promise<void> {
    const reader = bucketReader(this.#store);
    const engine = veleroDrillEngine({
      api: this.#api,
      reader,
      kinds: (signal) => this.#api.discovery.namespacedKinds(signal),
      allKinds: (signal) => this.#api.discovery.keptKinds(signal),
      buckets: () => Promise.resolve({ reader, writer: bucketWriter(this.#store) }),
    });
    const spec = veleroDrill.parse({
      name: NAME,
      objectStore: 'objects',
      storageLocation: NAME,
      includedNamespaces: [NAME],
    });
    const { proven, faults } = await engine.drill(spec, this.#context());
    if (!proven) throw new Error(`not proven: ${faults.join('; ')}`);
  }

  /** The namespace that it restores into stays until the lab goes: taking it away is none of Velero's work. */
  async veleroAlone(): Promise<void> {
    const name = `${NAME}-alone-${String(++this.#run)}`;
    await this.#carriedOut('Backup', name, {
      includedNamespaces: [NAME],
      storageLocation: NAME,
      snapshotVolumes: false,
    });
    await this.#carriedOut('Restore', name, { backupName: name, namespaceMapping: { [NAME]: name } });
  }

  async #carriedOut(kind: string, name: string, spec: KubernetesObject['spec']): Promise<void> {
    const ref = { apiVersion: 'velero.io/v1', kind, namespace: 'velero', name };
    await this.#api.apply({
      apiVersion: ref.apiVersion,
      kind,
      metadata: { name, namespace: 'velero' },
      spec: spec ?? null,
    });
    for (;;) {
      const { phase } = ((await this.#api.get(ref))?.['status'] ?? {}) as { phase?: string };
      if (phase === 'Completed') return;
      if (phase?.includes('Failed') === true) throw new Error(`${kind} ${name} is ${phase}`);
      await delay(50);
    }
  }

  #context(): EngineContext {
    return {
      files: {
        list: () => [],
        read: () => Promise.reject(new Error('no files')),
        digest: () => '',
        stream: () => {
          throw new Error('no files');
        },
      },
      signal: new AbortController().signal,
      progress: () => undefined,
      resolve: () => Promise.reject(new Error('no references')),
      owner: { ...NONE, run: String(++this.#run) },
    };
  }
}

function objects(): readonly KubernetesObject[] {
  const each = (make: (index: number) => KubernetesObject, count: number) =>
    Array.from({ length: count }, (_, index) => make(index));
  const metadata = (name: string) => ({ name, namespace: NAME });
  const labels = (index: number) => ({ app: `app-${String(index)}` });
  const workload = (kind: string, index: number, more: object): KubernetesObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: metadata(`app-${String(index)}`),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels(index) },
      template: {
        metadata: { labels: labels(index) },
        spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
      },
      ...more,
    },
  });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAME } },
    ...each(
      (i) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(`settings-${String(i)}`), data: { a: '1' } }),
      15,
    ),
    ...each(
      (i) => ({ apiVersion: 'v1', kind: 'Secret', metadata: metadata(`login-${String(i)}`), data: { a: btoa('1') } }),
      10,
    ),
    ...each((i) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(`app-${String(i)}`) }), 8),
    ...each(
      (i) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadata(`app-${String(i)}`),
        spec: { selector: labels(i), ports: [{ port: 80, protocol: 'TCP' }] },
      }),
      12,
    ),
    ...each((i) => workload('Deployment', i, {}), 8),
    ...each((i) => workload('StatefulSet', i + 20, { serviceName: 'app-0' }), 3),
    ...each(
      (i) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: metadata(`app-${String(i)}`),
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
      }),
      2,
    ),
    ...each(
      (i) => ({
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: metadata(`tidy-${String(i)}`),
        spec: {
          schedule: '0 3 * * *',
          jobTemplate: {
            spec: {
              template: {
                spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/job:1' }] },
              },
            },
          },
        },
      }),
      2,
    ),
  ];
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
