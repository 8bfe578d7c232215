import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import { configMap, contextOf, deployment, freshName, namespace, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { WebhookServer } from '../kubernetes/webhook-server.ts';
import { until } from '../support/poll.ts';
import { openLabCluster } from '../support/lab-cluster.ts';

let client: KubernetesClient;
let ns: string;

beforeAll(async () => {
  client = await openLabCluster();
});
afterAll(() => client.close());
beforeEach(async () => {
  ns = freshName('admission');
  await client.apply(namespace(ns));
});
afterEach(() => client.delete(namespaceRef(ns)));

const apply = (...objects: object[]) => kubernetesApplyEngine(client).apply(specOf(ns), contextOf(objects));
const mapOf = (name: string) => client.get({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: ns });

async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error(`no failure was thrown, but ${String(error)}`);
  return error;
}

describe('an admission webhook', () => {
  const webhook = 'policy.windlass.test';
  let server: WebhookServer;
  const configuration = () => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    name: ns,
  });

  /** For ConfigMaps of this test's namespace alone; asks until the API server knows of it. */
  async function register(): Promise<void> {
    const { apiVersion, kind, name } = configuration();
    await client.apply({
      apiVersion,
      kind,
      metadata: { name },
      webhooks: [
        {
          name: webhook,
          clientConfig: server.clientConfig,
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ns } },
          rules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
          ],
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          timeoutSeconds: 1,
        },
      ],
    });
    server.mode = 'deny';
    const probe = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe', namespace: ns } };
    await until(async () => (await client.apply(probe, { dryRun: true }).catch(() => null)) === null);
  }

  beforeEach(async () => {
    server = new WebhookServer(process.env.WINDLASS_LAB_KUBECONFIG ?? '');
    await server.listen();
    await register();
  });
  afterEach(async () => {
    await client.delete(configuration());
    await server.close();
  });

  test('that denies is named without its words, and not asked again', async () => {
    const failure = await failureOf(apply(configMap('a')));
    expect(failure.summary()).toMatchObject({
      type: 'AdmissionDenied',
      retryable: false,
      object: `ConfigMap ${ns}/a`,
      facts: { webhook, written: [], failed: [`ConfigMap ${ns}/a`] },
    });
    expect(failure.message).toContain(`Admission webhook ${webhook} denied it.`);
    expect(JSON.stringify(failure.summary())).not.toContain('images must be pinned');
    expect(server.asked.filter((name) => name === 'a')).toHaveLength(1);
    expect(await mapOf('a')).toBeNull();
  });

  test('that does not answer in time is named, and worth a retry, which does the rest', async () => {
    server.mode = 'silent';
    const failure = await failureOf(apply(configMap('a'), configMap('b')));
    expect(failure.summary()).toMatchObject({ type: 'ServerError', retryable: true });
    expect(failure.message).toContain(webhook);
    expect(await mapOf('a')).toBeNull();
    server.mode = 'allow';
    expect((await apply(configMap('a'), configMap('b'))).changes.map(({ action }) => action)).toEqual([
      'create',
      'create',
    ]);
    expect((await mapOf('b'))?.data).toEqual({ a: '1' });
  });

  test('that is not there is named, and worth a retry', async () => {
    await server.close();
    const failure = await failureOf(apply(configMap('a')));
    expect(failure.summary()).toMatchObject({ type: 'ServerError', retryable: true, facts: { webhook } });
    expect(await mapOf('a')).toBeNull();
  });
});

describe('what does not fit into its namespace', () => {
  test('is refused with the quota, what is used of it and what was asked for', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'small', namespace: ns } };
    await client.apply({ ...quota, spec: { hard: { 'count/services': 1 } } });
    await until(async () => {
      const now = await client.get({ ...quota, name: 'small', namespace: ns });
      return (now?.status as { used?: object } | undefined)?.used !== undefined;
    });
    const service = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { clusterIP: 'None', selector: { a: 'b' } },
    });
    await apply(service('a'));
    const failure = await failureOf(apply(service('a'), service('b')));
    expect(failure.summary()).toMatchObject({
      type: 'AdmissionDenied',
      retryable: false,
      object: `Service ${ns}/b`,
      facts: { quota: 'small', requested: 'count/services=1', used: 'count/services=1', limited: 'count/services=1' },
    });
  });
});

describe('what the API server will not store', () => {
  test.each([
    ['for its kind', () => configMap('big', { a: 'x'.repeat(1_200_000) })],
    ['for its store', () => bulky(1_700_000)],
    ['for a message to its store', () => bulky(2_500_000)],
    ['for a request', () => bulky(3_500_000)],
  ])('because it is too large %s is told so, once', async (_what, object) => {
    // Past the check of the manifests, which cannot know the limits of every server.
    const { metadata, ...rest } = object() as KubernetesObject;
    const failure = await failureOf(client.apply({ ...rest, metadata: { ...metadata, namespace: ns } }));
    expect(failure.summary()).toMatchObject({ type: 'InvalidManifest', retryable: false, facts: { tooLarge: true } });
    expect(JSON.stringify(failure.summary())).not.toContain('xxxx');
    expect(await failureOf(apply(object()))).toMatchObject({ type: 'InvalidManifest' });
  });

  test('because of its name is told before anything else is touched', async () => {
    const failure = await failureOf(apply(configMap('a'), configMap('Not_A_Name')));
    expect(failure.summary()).toMatchObject({ type: 'InvalidManifest', retryable: false });
    expect(failure.message).toContain('name "Not_A_Name" must be');
    expect(await mapOf('a')).toBeNull();
  });

  function bulky(bytes: number): object {
    const object = deployment('big', 0);
    object.spec.template.spec.containers[0]!.env = [{ name: 'BULK', value: 'x'.repeat(bytes) }];
    return object;
  }
});
