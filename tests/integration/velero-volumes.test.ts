import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Applied } from '../../src/domain/step-engine.ts';
import { kubernetesRecreate } from '../../src/domain/kinds/kubernetes-recreate.ts';
import { veleroLocation } from '../../src/domain/kinds/velero-location.ts';
import type { KubernetesApi, KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { kubernetesRecreateEngine } from '../../src/kubernetes/recreate/recreate-engine.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { labReset, labUp, nodeLacks, POD_IMAGE, REAL_NODE_LABEL, type LabEnv } from '../../src/lab/index.ts';
import { localStorageClass } from '../../src/lab/node/volumes.ts';
import { s3Client, type S3Connection } from '../../src/objectstore/client.ts';
import { veleroLocationEngine } from '../../src/velero/location/location-engine.ts';
import { contextOf } from '../kubernetes/cluster.ts';
import { engineContext, labStore } from '../objectstore/support.ts';
import { localVolume } from '../support/local-volume.ts';
import { until } from '../support/poll.ts';
import { importShellImage } from '../support/shell-image.ts';
import { fillVolume, flipByte } from '../support/volume-files.ts';
import { leftoversOf, ofStep } from '../velero/leftovers.ts';
import { drillContext, drillVolumes, NAMESPACE } from '../velero/volume-drill.ts';
import { ofKind } from '../../src/domain/evidence.ts';

const lacks = nodeLacks();
const onRealNode = lacks.length === 0 ? describe : describe.skip;
const why = lacks.length === 0 ? '' : ` (skipped: this machine cannot have a real node, it lacks ${lacks.join(', ')})`;
if (why !== '') console.warn(`Tests of data in volumes${why}.`);

/** A lab of its own: volumes take a node that really mounts them. */
const parent = mkdtempSync(join(tmpdir(), 'windlass-volumes-'));
// PostgreSQL runs as another user.
chmodSync(parent, 0o755);
const dir = join(parent, 'lab');
const CHILD = fileURLToPath(new URL('../velero/volume-drill-process.ts', import.meta.url));
const OTHER_CLASS = 'local-other';
const CLAIM = 'data-db-0';
const MEBIBYTE = 1 << 20;
let api: KubernetesClient;
let store: S3Connection;
let lab: LabEnv;

onRealNode(`the data in a volume${why}`, () => {
  beforeAll(async () => {
    const { env } = await labUp({ dir, with: ['node'] });
    api = await openKubernetes({ kubeconfig: readFileSync(labPaths(dir).kubeconfig, 'utf8') });
    store = labStore({ ...env });
    lab = env;
    await s3Client(store).makeBucket('backups', store.region);
    const location = { name: 'default', bucket: 'backups', objectStore: 'objects', validationFrequency: '1s' };
    await veleroLocationEngine(api, store).apply(veleroLocation.parse(location), engineContext());
    // One for the original, and one for each restore.
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      mkdirSync(join(parent, name));
      await api.apply(localVolume(name, join(parent, name), '1Gi'));
    }
    for (const object of workload()) await api.apply(object);
    await until(async () => (await phaseOf('db-0')) === 'Running');
    fillVolume(await directoryOf(NAMESPACE));
  });

  afterAll(async () => {
    await labReset(dir);
    await api.close();
    rmSync(parent, { recursive: true });
  });

  test('is restored onto a fresh volume, compared file by file, and proven; nothing is left of the drill', async () => {
    const { holds, faults, volumes } = verdictOf(await drillVolumes('good', api, store));
    expect({ holds, faults }).toEqual({ holds: true, faults: [] });
    expect(volumes).toMatchObject({ claims: [`${NAMESPACE}/${CLAIM}`], files: 242, moved: [] });
    expect(volumes?.bytes).toBeGreaterThan(200 * MEBIBYTE);
    expect(await leftovers('good')).toEqual([]);
  });

  test('of which one byte is another after the restore is not proven, and the verdict names the file', async () => {
    let tampered: string | undefined;
    const watched = onceRestored(api, async (scratch) => {
      tampered = await directoryOf(scratch);
      flipByte(join(tampered, 'base', 'pages', 'page-7'), 3 * MEBIBYTE);
    });
    const { holds, faults } = verdictOf(await drillVolumes('byte', api, store, watched));
    expect(tampered).not.toBe(await directoryOf(NAMESPACE));
    expect({ holds, faults }).toEqual({
      holds: false,
      faults: [`base/pages/page-7 in the volume of PersistentVolumeClaim ${NAMESPACE}/${CLAIM} differs in content`],
    });
    expect(await leftovers('byte')).toEqual([]);
  });

  test('is proven in the end, and nothing is left, though the drill is killed while it reads the restored volume', async () => {
    const env = { ...process.env, ...lab, NODE_OPTIONS: '' };
    const lost = spawn(process.execPath, [CHILD, labPaths(dir).kubeconfig, 'lost'], { env, stdio: 'inherit' });
    const gone = once(lost, 'exit');
    const inspectors = () =>
      api.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: ofStep(drillContext('lost').owner) });
    await until(async () => (await inspectors()).some(({ metadata }) => metadata.namespace !== NAMESPACE));
    lost.kill('SIGKILL');
    expect(await gone).toEqual([null, 'SIGKILL']);

    expect(verdictOf(await drillVolumes('lost', api, store))).toMatchObject({ holds: true, faults: [] });
    expect(await leftovers('lost')).toEqual([]);
  });

  test('is moved to a volume of another class with every byte, mode and owner, and the old volume stays', async () => {
    await api.apply({ ...localStorageClass, metadata: { name: OTHER_CLASS } });
    mkdirSync(join(parent, 'moved'));
    await api.apply(localVolume('moved', join(parent, 'moved'), '1Gi', OTHER_CLASS));
    const [before, listed] = [await directoryOf(NAMESPACE), listing(await directoryOf(NAMESPACE))];
    const spec = kubernetesRecreate.parse({
      playbook: 'move',
      manifests: ['set.yaml'],
      namespace: NAMESPACE,
      copy: { image: await importShellImage(labPaths(dir)) },
    });
    const wanted = workload(OTHER_CLASS).filter(({ kind }) => kind === 'StatefulSet');
    const { findings } = await kubernetesRecreateEngine(api).apply(spec, contextOf(wanted));
    expect(findings.map(({ holds }) => holds)).toEqual([true, true]);
    const after = await directoryOf(NAMESPACE);
    expect(after).toBe(join(parent, 'moved'));
    expect(listing(after)).toEqual(listed);
    execFileSync('diff', ['--recursive', '--no-dereference', before, after]);
    await until(async () => (await phaseOf('db-0')) === 'Running');
  });
});

/** A StatefulSet that has its data in a volume of the real node, and would change it if it ran anew. */
function workload(storageClassName = localStorageClass.metadata.name): readonly KubernetesObject[] {
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
              storageClassName,
              resources: { requests: { storage: '1Gi' } },
            },
          },
        ],
      },
    },
  ];
}

function verdictOf({ findings }: Applied) {
  const [proof] = ofKind('drill-proof', findings);
  const volumes = proof?.observed.parts.find((one) => one.part === 'volumes');
  return { holds: proof?.holds, faults: proof?.observed.faults, volumes };
}

async function phaseOf(name: string): Promise<string | undefined> {
  const pod = await api.get({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name });
  return (pod?.['status'] as { readonly phase?: string } | undefined)?.phase;
}

/** Everything below a directory: path, type, mode, owners, size, where a link points to. */
function listing(directory: string): string[] {
  const args = [
    directory,
    '-not',
    '-type',
    'd',
    '-printf',
    '%P %y %m %U %G %s %l\\n',
    '-o',
    '-printf',
    '%P %y %m %U %G\\n',
  ];
  return execFileSync('find', args, { encoding: 'utf8' }).split('\n').sort();
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
function leftovers(step: string): Promise<string[]> {
  return leftoversOf(api, ofStep(drillContext(step).owner));
}
