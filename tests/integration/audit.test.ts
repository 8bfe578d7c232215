import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { judge } from '../../src/audit/audit-engine.ts';
import type { AuditResult } from '../../src/audit/audit.ts';
import { WindlassClient } from '../../src/client.ts';
import { readConfig } from '../../src/config.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import type { TargetBinding } from '../../src/domain/environment.ts';
import { audit } from '../../src/domain/kinds/audit.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { auditFacts } from '../../src/steps/audit-facts.ts';
import { Connections } from '../../src/steps/connections.ts';
import { anywhere } from '../../src/steps/reach.ts';
import { contextOf, freshName, kubeconfigOf, namespace, namespaceRef, Stranger } from '../kubernetes/cluster.ts';
import { s3Client } from '../../src/objectstore/client.ts';
import { stageOn } from '../objectstore/stage.ts';
import { answering, labStore, type Listening } from '../objectstore/support.ts';
import { dropAll, freshDatabase, rowsOf, uniqueName, willDrop } from '../postgres/support/lab.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { until } from '../support/poll.ts';
import { ownSettings, type OwnSettings } from '../support/settings.ts';
import { TestWorker } from '../support/worker.ts';

const ns = freshName('audit');
const stage = stageOn(labStore());
let client: KubernetesClient;
let open: Listening;
let closed: Listening;
let bucket: string;
let database: string;
let role: string;

const web = (securityContext: JsonObject) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: ns },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' }, annotations: { 'windlass.dev/ready-after': '20ms' } },
      spec: { containers: [{ name: 'web', image: 'web:latest', securityContext }] },
    },
  },
});
const onlyFromWithin = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'within', namespace: ns },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
};

beforeAll(async () => {
  client = await openLabCluster();
  await client.apply(namespace(ns));
  await client.apply(web({ privileged: true }));
  await client.apply(onlyFromWithin);
  await client.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace: ns },
    stringData: { password: 'c4nary' },
  });
  await client.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: ns },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
  });
  open = await answering((_request, response) => response.writeHead(200).end('[]'));
  closed = await answering((request, response) =>
    response.writeHead(request.headers.authorization === undefined ? 401 : 200).end(),
  );
  bucket = stage.newBucket();
  await s3Client(stage.store).makeBucket(bucket, stage.store.region);
  await s3Client(stage.store).setBucketPolicy(
    bucket,
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${bucket}/*`] },
      ],
    }),
  );
  database = await freshDatabase();
  await rowsOf(database, 'GRANT CREATE ON SCHEMA public TO PUBLIC');
  role = willDrop('ROLE', uniqueName('auditee'));
  await rowsOf('postgres', `CREATE ROLE ${role} LOGIN SUPERUSER`);
});
afterAll(async () => {
  await client.delete({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name: ns });
  await client.delete(namespaceRef(ns));
  await client.close();
  await open[Symbol.asyncDispose]();
  await closed[Symbol.asyncDispose]();
  await stage.clear();
  await dropAll();
});

const SPEC = () => ({
  databases: [{ target: 'db' }],
  buckets: [{ target: 'objects', bucket, backups: true }],
  services: [
    { target: 'open', path: '/api' },
    { target: 'closed', product: 'grafana' },
  ],
});

/** What an audit of the lab finds and cannot see, as `ID: WHERE WHAT`. */
async function audited(api = client): Promise<{ found: readonly string[]; unseen: readonly string[] }> {
  const address = ({ port }: Listening) => ({ kind: 'http', url: { fromEnv: `AT_${port}` } }) as TargetBinding;
  const targets: Bundle['targets'] = {
    db: { kind: 'postgres', url: { fromEnv: 'WINDLASS_LAB_POSTGRES_URL' } },
    objects: {
      ...{ kind: 's3', region: 'us-east-1', pathStyle: true, endpoint: { fromEnv: 'WINDLASS_LAB_S3_ENDPOINT' } },
      ...{ accessKey: { fromEnv: 'WINDLASS_LAB_S3_ACCESS_KEY' }, secretKey: { fromEnv: 'WINDLASS_LAB_S3_SECRET_KEY' } },
    },
    open: address(open),
    closed: address(closed),
  };
  // Credentials of the address are none of whoever has not logged in.
  const addresses = Object.fromEntries(
    [open, closed].map(({ port }) => [`AT_${port}`, `http://u:p@127.0.0.1:${port}`]),
  );
  const connections = new Connections({ targets }, anywhere({ ...process.env, ...addresses }));
  const spec = audit.parse(SPEC());
  const { facts } = await auditFacts(api, connections)(spec, contextOf([]));
  expect(JSON.stringify(facts.cluster.objects)).not.toContain(Buffer.from('c4nary').toString('base64'));
  const { checks }: AuditResult = judge(spec, facts, Date.now());
  return {
    found: checks.flatMap(({ check, open: faults }) =>
      faults.map(({ where, what }) => `${check.id}: ${where} ${what}`),
    ),
    unseen: checks.flatMap(({ check, unseen }) => unseen.map((one) => `${check.id}: ${one.where} ${one.unseen}`)),
  };
}

describe('an audit of real servers', () => {
  test('finds what is wrong on the cluster, on PostgreSQL, in the bucket and of a service without a login', async () => {
    const { found } = await audited();
    const contains = (text: string): unknown => expect.stringContaining(text);
    expect(found).toEqual(
      expect.arrayContaining([
        contains(`rbac-cluster-admin: ClusterRoleBinding ${ns} lets User ann do everything`),
        contains(`pod-privileged: Deployment ${ns}/web container web is privileged`),
        contains(`image-tag: Deployment ${ns}/web runs web:latest`),
        contains(`network-pod-open: Deployment ${ns}/web no policy isolates its egress`),
        contains('is the worker itself, and may do everything, as a member of system:masters'),
        contains(`postgres-superuser: role ${role} at`),
        contains(`postgres-public-create: database ${database} at`),
        contains(`postgres-owner-superuser: database ${database} at`),
        contains(`bucket-public: bucket ${bucket} at`),
        contains(`bucket-backups-unversioned: bucket ${bucket} at`),
        contains(`bucket-backups-unlocked: bucket ${bucket} at`),
        contains(`bucket-almighty-credentials: bucket ${bucket} at`),
        contains(`service-without-login: service open answered GET http://127.0.0.1:${open.port}/api with 200`),
      ]),
    );
    // Pods of the Deployment are told of as the Deployment, and what asks for a login is in order.
    expect(found.filter((one) => one.includes(`Pod ${ns}/`))).toEqual([]);
    expect(found.filter((one) => one.includes('service closed'))).toEqual([]);
    // What an API server brings along by itself is no finding.
    expect(found.filter((one) => one.includes('system:'))).toEqual([contains('system:masters')]);
  });

  test('says what it may not see', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'auditor', namespace: ns } };
    await client.apply(account);
    const stranger = await Stranger.open();
    const { status } = await stranger.create(`/api/v1/namespaces/${ns}/serviceaccounts/auditor/token`, { spec: {} });
    const limited = await openKubernetes({ kubeconfig: kubeconfigOf((status as { token: string }).token) });
    try {
      const { unseen, found } = await audited(limited);
      expect(unseen).toContainEqual(expect.stringContaining('pod-privileged: every Pod'));
      expect(found.filter((one) => one.startsWith('pod-'))).toEqual([]);
    } finally {
      await limited.close();
      await stranger.close();
    }
  });
});

describe('a rollout with an audit', () => {
  const FIXTURE = fileURLToPath(new URL('../fixtures/rollouts/audited', import.meta.url));
  const REF = { rollout: 'audited', environment: 'lab' };
  let own: OwnSettings;
  let worker: TestWorker;
  let windlass: WindlassClient;

  beforeAll(async () => {
    own = await ownSettings();
    worker = await TestWorker.start(own.settings, join(own.scratch, 'worker.log'));
    windlass = await WindlassClient.connect(readConfig(own.settings));
  });
  afterAll(async () => {
    await windlass.close();
    await worker.stop('SIGTERM');
    own.remove();
  });

  test('waits at a gate until somebody answers for what is critical, and then holds its table of flows', async () => {
    await windlass.startDirectory(FIXTURE, { environment: 'lab', parameters: { namespace: ns }, by: 'ada' });
    const { status, gate } = await until(async () => {
      const { status, gates } = await windlass.gates(REF);
      return gates[0] === undefined ? null : { status, gate: gates[0] };
    });
    expect(gate.plan?.lines).toEqual([
      `create    acceptance of pod-privileged: Deployment ${ns}/web container web is privileged: root on its node [critical finding]`,
    ]);
    await windlass.decide(REF, 'approve', { status, gate }, { by: 'ada' });
    expect((await windlass.result(REF)).status).toMatchObject({
      state: 'done',
      phases: [{ steps: [{ state: 'done' }, { state: 'unchanged' }] }],
    });
  });

  test('asks nobody once what was critical is mended', async () => {
    await client.apply(web({ privileged: false, allowPrivilegeEscalation: false }));
    await windlass.startDirectory(FIXTURE, { environment: 'lab', parameters: { namespace: ns }, by: 'ada' });
    expect((await windlass.result(REF)).status).toMatchObject({
      state: 'done',
      phases: [{ steps: [{ state: 'unchanged' }, { state: 'unchanged' }] }],
    });
  });
});
