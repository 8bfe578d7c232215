import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Applied } from '../../src/domain/engine.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { veleroDrill, type VeleroDrillSpec } from '../../src/domain/kinds/velero-drill.ts';
import { veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import type { KubernetesApi, KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { labReset, labUp, nodeLacks, POD_IMAGE, REAL_NODE_LABEL, type LabEnv } from '../../src/lab/index.ts';
import { LOCAL_CLASS, localVolume } from '../../src/lab/node/volumes.ts';
import { s3Client, type S3Connection } from '../../src/objectstore/client.ts';
import { DRILL_STEP, drillKeys } from '../../src/velero/drill/names.ts';
import type { DrillTools } from '../../src/velero/drill/open.ts';
import { veleroDrillEngine, veleroLocationEngine } from '../../src/velero/engine.ts';
import { engineContext } from '../objectstore/support.ts';
import { until } from '../support/poll.ts';
import { fillVolume, flipByte } from '../support/volume-files.ts';
import { drillTools } from '../velero/drill-tools.ts';

const lacks = nodeLacks();
const onRealNode = lacks.length === 0 ? describe : describe.skip;
const why = lacks.length === 0 ? '' : ` (skipped: this machine cannot have a real node, it lacks ${lacks.join(', ')})`;
if (why !== '') console.warn(`Tests of data in volumes${why}.`);

/** A lab of its own: volumes take a node that really mounts them. */
const parent = mkdtempSync(join(tmpdir(), 'windlass-volumes-'));
// PostgreSQL runs as another user.
chmodSync(parent, 0o755);
const dir = join(parent, 'lab');
const NAMESPACE = 'shop';
const CLAIM = 'data-db-0';
const MEBIBYTE = 1 << 20;
let api: KubernetesClient;
let store: S3Connection;

onRealNode(`the data in a volume${why}`, () => {
  beforeAll(async () => {
    const { env } = await labUp({ dir, with: ['node'] });
    api = await openKubernetes({ kubeconfig: readFileSync(labPaths(dir).kubeconfig, 'utf8') });
    store = connection(env);
    await s3Client(store).makeBucket('backups', store.region);
    const location = { name: 'default', bucket: 'backups', objectStore: 'objects', validationFrequency: '1s' };
    await veleroLocationEngine(api, store).apply(veleroLocation.parse(location), engineContext());
    // One for the original, and one for each drill.
    for (const name of ['one', 'two', 'three']) {
      mkdirSync(join(parent, name));
      await api.apply(localVolume(name, join(parent, name), '1Gi'));
    }
    for (const object of workload()) await api.apply(object);
    const db = { apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: 'db-0' };
    await until(async () => ((await api.get(db))?.['status'] as JsonObject | undefined)?.['phase'] === 'Running');
    fillVolume(await directoryOf(NAMESPACE));
  }, 300_000);

  afterAll(async () => {
    await labReset(dir);
    await api.close();
    rmSync(parent, { recursive: true });
  }, 120_000);

  test('is restored onto a fresh volume, compared file by file, and proven; nothing is left of the drill', async () => {
    const { holds, faults, volumes } = verdictOf(await drill('good', api));
    expect({ holds, faults }).toEqual({ holds: true, faults: [] });
    expect(volumes).toMatchObject({ claims: [`${NAMESPACE}/${CLAIM}`], files: 242, moved: [] });
    expect(Number(volumes['bytes'])).toBeGreaterThan(200 * MEBIBYTE);
    expect(await leftovers('good')).toEqual([]);
  }, 240_000);

  test('of which one byte is another after the restore is not proven, and the verdict names the file', async () => {
    let tampered: string | undefined;
    const watched = onceRestored(api, async (scratch) => {
      tampered = await directoryOf(scratch);
      flipByte(join(tampered, 'base', 'pages', 'page-7'), 3 * MEBIBYTE);
    });
    const { holds, faults } = verdictOf(await drill('byte', watched));
    expect(tampered).not.toBe(await directoryOf(NAMESPACE));
    expect({ holds, faults }).toEqual({
      holds: false,
      faults: [`base/pages/page-7 in the volume of PersistentVolumeClaim ${NAMESPACE}/${CLAIM} differs in content`],
    });
    expect(await leftovers('byte')).toEqual([]);
  }, 240_000);
});

function connection(env: LabEnv): S3Connection {
  return {
    endpoint: env.WINDLASS_LAB_S3_ENDPOINT,
    region: 'us-east-1',
    accessKey: env.WINDLASS_LAB_S3_ACCESS_KEY,
    secretKey: env.WINDLASS_LAB_S3_SECRET_KEY,
    pathStyle: true,
  };
}

/** A StatefulSet that has its data in a volume of the real node, and would change it if it ran anew. */
function workload(): readonly KubernetesObject[] {
  const labels = { app: 'db' };
  const container = {
    image: POD_IMAGE,
    imagePullPolicy: 'Never',
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: NAMESPACE },
      spec: {
        replicas: 1,
        serviceName: 'db',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: { [REAL_NODE_LABEL]: 'real' },
            tolerations: [{ key: REAL_NODE_LABEL, operator: 'Exists', effect: 'NoSchedule' }],
            terminationGracePeriodSeconds: 1,
            initContainers: [{ ...container, name: 'prepare', args: ['sleep', '0'] }],
            containers: [{ ...container, name: 'main', args: ['pause'] }],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              accessModes: ['ReadWriteOnce'],
              storageClassName: LOCAL_CLASS,
              resources: { requests: { storage: '1Gi' } },
            },
          },
        ],
      },
    },
  ];
}

function spec(name: string): VeleroDrillSpec {
  return veleroDrill.parse({
    name,
    objectStore: 'objects',
    includedNamespaces: [NAMESPACE],
    volumes: 'file-system',
    inspector: POD_IMAGE,
    within: '3m',
  });
}

function context(step: string) {
  return engineContext({ owner: { ...engineContext().owner, step } });
}

function drill(step: string, through: KubernetesApi): Promise<Applied> {
  const tools: DrillTools = { ...drillTools(api, store), api: through, logs: (pod, signal) => api.logs(pod, signal) };
  return veleroDrillEngine(tools).apply(spec(step), context(step));
}

function verdictOf({ findings }: Applied) {
  const [first] = findings;
  const { faults, volumes } = first?.observed as { readonly faults: readonly string[]; readonly volumes: JsonObject };
  return { holds: first?.holds, faults, volumes };
}

/** The directory behind the claim of that namespace. */
async function directoryOf(namespace: string): Promise<string> {
  const claim = await api.get({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: CLAIM });
  const { volumeName } = claim?.['spec'] as { readonly volumeName: string };
  return join(parent, volumeName);
}

/** An API through which a volume is read only after somebody has been at it, once it is restored. */
function onceRestored(through: KubernetesApi, tamper: (scratch: string) => Promise<void>): KubernetesApi {
  const apply: KubernetesApi['apply'] = async (object, options) => {
    const { namespace = '' } = object.metadata;
    if (object.kind === 'Pod' && namespace !== NAMESPACE) await tamper(namespace);
    return through.apply(object, options);
  };
  return new Proxy(through, {
    get: (target, property) => {
      if (property === 'apply') return apply;
      const member: unknown = Reflect.get(target, property);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** What a drill of this step made and left, the data of the restore included. */
async function leftovers(step: string): Promise<readonly string[]> {
  const labelSelector = `${DRILL_STEP}=${drillKeys(context(step).owner).step}`;
  const kinds = [
    ...['Namespace', 'Pod', 'ConfigMap', 'Secret'].map((kind) => ({ apiVersion: 'v1', kind })),
    { apiVersion: 'velero.io/v1', kind: 'Restore' },
  ];
  const lists = await Promise.all(kinds.map((kind) => api.list(kind, { labelSelector })));
  return lists.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}
