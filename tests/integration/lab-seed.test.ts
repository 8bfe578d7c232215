import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Agent } from 'undici';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { read, readList, readText } from '../../src/domain/json-fields.ts';
import { ClusterApi } from '../../src/lab/cluster-api.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { labSeed, labServer, readLabEnv, toolPath, type Seeded } from '../../src/lab/index.ts';
import { adminAgent } from '../../src/lab/probe.ts';
import { readRecord, recordFilling } from '../../src/lab/record.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { freshName } from '../support/settings.ts';

const dir = process.env['WINDLASS_LAB_DIR']!;
const name = freshName();
const database = name.replaceAll('-', '_');
const directory = mkdtempSync(join(tmpdir(), 'windlass-seed-'));
let agent: Agent;
let api: ClusterApi;
let seeded: Seeded;

const FILES: Readonly<Record<string, string>> = {
  'apply/10-platform.yaml': `
apiVersion: v1
kind: Namespace
metadata: { name: ${name} }
---
apiVersion: v1
kind: Secret
metadata: { name: login, namespace: ${name} }
stringData: { password: CHANGE_ME }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: winches.${name}.example.test }
spec:
  group: ${name}.example.test
  scope: Namespaced
  names: { kind: Winch, plural: winches }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }
---
apiVersion: ${name}.example.test/v1
kind: Winch
metadata: { name: main, namespace: ${name} }
`,
  'apply/20-workloads.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: 'example.test/web:1' }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: ${name} }
spec:
  selector: { matchLabels: { app: api } }
  template:
    metadata: { labels: { app: api } }
    spec:
      containers:
        - name: main
          image: example.test/api:1
          env: [{ name: PASSWORD, valueFrom: { secretKeyRef: { name: login, key: password } } }]
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: clean-up, namespace: ${name} }
spec:
  schedule: 0 0 1 1 *
  jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: main, image: 'example.test/job:1' }] } } } }
`,
  'create/job.yaml': `
apiVersion: batch/v1
kind: Job
metadata:
  name: clean-up-by-hand
  namespace: ${name}
  ownerReferences: [{ apiVersion: batch/v1, kind: CronJob, name: clean-up, controller: true }]
spec:
  backoffLimit: 0
  template:
    metadata: { annotations: { windlass.dev/scenario: crash-loop } }
    spec: { restartPolicy: Never, containers: [{ name: main, image: 'example.test/job:1' }] }
`,
  'edit/web.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${name} }
spec: { replicas: 1 }
`,
  [`sql/${database}.sql`]: 'CREATE TABLE carts (id int); INSERT INTO carts VALUES (1), (2);',
  [`buckets/${name}/2026/orders.csv`]: 'id\n1\n',
};

beforeAll(async () => {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  agent = adminAgent(labPaths(dir));
  api = new ClusterApi(`https://127.0.0.1:${String(labServer(dir, 'kube-apiserver').ports['https'])}`, agent);
  seeded = await labSeed({ dir, directory });
});

afterAll(async () => {
  await api.send(`/api/v1/namespaces/${name}`, { method: 'DELETE' });
  await api.send(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/winches.${name}.example.test`, {
    method: 'DELETE',
  });
  await agent.close();
  rmSync(directory, { recursive: true });
});

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const PATHS = [
  `/api/v1/namespaces/${name}`,
  `/api/v1/namespaces/${name}/secrets/login`,
  `/apis/${name}.example.test/v1/namespaces/${name}/winches/main`,
  `/apis/apps/v1/namespaces/${name}/deployments/web`,
  `/apis/apps/v1/namespaces/${name}/deployments/api`,
  `/apis/batch/v1/namespaces/${name}/cronjobs/clean-up`,
  `/apis/batch/v1/namespaces/${name}/jobs/clean-up-by-hand`,
];

async function managersOf(path: string): Promise<readonly string[]> {
  return readList(await api.get(path), 'metadata', 'managedFields')
    .filter((entry) => readText(entry, 'subresource') === undefined)
    .map((entry) => `${readText(entry, 'manager') ?? ''} ${readText(entry, 'operation') ?? ''}`);
}

/** What people leave in an object's metadata: whoever owns which field, and the annotations of kubectl. */
async function looksOf(path: string): Promise<Json> {
  const object = await api.get(path);
  const owned = readList(object, 'metadata', 'managedFields')
    .filter((entry) => readText(entry, 'manager')?.startsWith('kubectl') === true)
    .map((entry) => ({ ...(entry as JsonObject), time: '' }));
  return { owned, annotation: read(object, 'metadata', 'annotations', LAST_APPLIED) ?? null };
}

function store() {
  const env = readLabEnv(dir);
  return s3Client({
    endpoint: env.WINDLASS_LAB_S3_ENDPOINT,
    accessKey: env.WINDLASS_LAB_S3_ACCESS_KEY,
    secretKey: env.WINDLASS_LAB_S3_SECRET_KEY,
    region: 'us-east-1',
    pathStyle: true,
  });
}

describe('a seeded lab', () => {
  test('tells what was made, and how the pods stand once each has come up or has shown why not', () => {
    expect(seeded).toMatchObject({
      before: false,
      made: { Namespace: 1, Secret: 1, CustomResourceDefinition: 1, Winch: 1, Deployment: 2, CronJob: 1, Job: 1 },
      leftAlone: 0,
      edited: 1,
      databases: [database],
      buckets: [name],
      pods: {
        ready: 1,
        failing: expect.arrayContaining([
          { reason: 'CrashLoopBackOff', pods: 1 },
          { reason: 'Failed', pods: 1 },
        ]),
        settled: true,
      },
    });
  });

  test('has objects that look as kubectl leaves them', async () => {
    const [deployment, job] = [`/apis/apps/v1/namespaces/${name}/deployments`, PATHS[6]!];
    expect(await managersOf(`${deployment}/api`)).toEqual(['kubectl-client-side-apply Update']);
    expect(await managersOf(`${deployment}/web`)).toEqual(
      expect.arrayContaining(['kubectl-client-side-apply Update', 'kubectl-edit Update']),
    );
    expect(await managersOf(job)).toEqual(['kubectl-create Update']);
    const web = await api.get(`${deployment}/web`);
    expect(read(web, 'spec', 'replicas')).toBe(1);
    const configuration = readText(web, 'metadata', 'annotations', LAST_APPLIED);
    expect(JSON.parse(configuration!)).toMatchObject({ kind: 'Deployment', spec: { replicas: 2 } });
    const owners = readList(await api.get(job), 'metadata', 'ownerReferences');
    expect(readText(owners[0], 'uid')).toBe(readText(await api.get(PATHS[5]!), 'metadata', 'uid'));
  });

  test('has objects that nobody can tell from those that kubectl itself made', async () => {
    const other = `${name}-kubectl`;
    const program = await toolPath('kubectl');
    const env = { PATH: process.env['PATH'], HOME: directory, KUBECONFIG: readLabEnv(dir).WINDLASS_LAB_KUBECONFIG };
    const kubectl = (...args: string[]) => execFileSync(program, args, { env, encoding: 'utf8' });
    // Beside the parts of the seed, and none of them.
    const copy = join(directory, 'workloads-for-kubectl.yaml');
    writeFileSync(copy, FILES['apply/20-workloads.yaml']!.replaceAll(`namespace: ${name}`, `namespace: ${other}`));
    kubectl('create', 'namespace', other);
    try {
      kubectl('apply', '-f', copy);
      kubectl('patch', 'deployment/web', '-n', other, '--field-manager=kubectl-edit', '-p', '{"spec":{"replicas":1}}');
      kubectl('create', 'job', 'clean-up-by-hand', '-n', other, '--from=cronjob/clean-up');
      for (const [group, resource, object] of [
        ['apps', 'deployments', 'api'],
        ['apps', 'deployments', 'web'],
        ['batch', 'cronjobs', 'clean-up'],
      ] as const) {
        const looks = (namespace: string) => looksOf(`/apis/${group}/v1/namespaces/${namespace}/${resource}/${object}`);
        expect(JSON.parse(JSON.stringify(await looks(name)).replaceAll(name, other))).toEqual(await looks(other));
      }
      const [seededJob, itsJob] = await Promise.all(
        [name, other].map((namespace) => api.get(`/apis/batch/v1/namespaces/${namespace}/jobs/clean-up-by-hand`)),
      );
      const ownersOf = (job: Json) =>
        readList(job, 'metadata', 'ownerReferences').map((owner) => ({ ...(owner as JsonObject), uid: '' }));
      expect(ownersOf(seededJob!)).toEqual(ownersOf(itsJob!));
    } finally {
      kubectl('delete', 'namespace', other, '--wait=false');
    }
  });

  test('has the databases and buckets', async () => {
    const env = readLabEnv(dir);
    const url = new URL(env.WINDLASS_LAB_POSTGRES_URL);
    url.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    expect((await client.query('SELECT count(*)::int AS carts FROM carts')).rows).toEqual([{ carts: 2 }]);
    await client.end();
    expect((await store().statObject(name, '2026/orders.csv')).size).toBe(5);
  });

  test('gets the rest of a bucket in which an earlier seeding was interrupted, and nothing into one of somebody else', async () => {
    const [begun, theirs] = [`${name}-begun`, `${name}-theirs`];
    const more = mkdtempSync(join(tmpdir(), 'windlass-seed-'));
    for (const bucket of [begun, theirs]) {
      mkdirSync(join(more, 'buckets', bucket), { recursive: true });
      for (const file of ['a', 'b']) writeFileSync(join(more, 'buckets', bucket, file), file);
      await store().makeBucket(bucket, 'us-east-1');
      await store().putObject(bucket, 'a', 'a');
    }
    // As a seeding leaves it that is killed between two objects.
    recordFilling(labPaths(dir), begun, false);
    expect(await labSeed({ dir, directory: more })).toMatchObject({ before: false, buckets: [begun] });
    expect((await store().statObject(begun, 'b')).size).toBe(1);
    await expect(store().statObject(theirs, 'b')).rejects.toThrow();
    expect(readRecord(labPaths(dir)).filling).toEqual([]);
    rmSync(more, { recursive: true });
  });

  test('is left as it is when it is seeded again, even where the seed has changed meanwhile', async () => {
    const versions = async () =>
      Promise.all(PATHS.map(async (path) => readText(await api.get(path), 'metadata', 'resourceVersion')));
    const before = await versions();
    expect(before).not.toContain(undefined);
    expect(await labSeed({ dir, directory })).toMatchObject({ before: true, made: {}, edited: 0 });
    expect(await versions()).toEqual(before);

    writeFileSync(
      join(directory, 'apply/30-more.yaml'),
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: more, namespace: ${name} }\n`,
    );
    expect(await labSeed({ dir, directory })).toMatchObject({
      before: false,
      made: { ConfigMap: 1 },
      edited: 0,
      databases: [],
      buckets: [],
    });
    expect(await versions()).toEqual(before);
  });
});
