import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readList, readText } from '../../src/domain/json-fields.ts';
import { findStep } from '../../src/domain/bundle.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import type { SecretReader } from '../../src/domain/secret-place.ts';
import { tlsProbeEngine, type TlsProbeSpec } from '../../src/http/tls-probe.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { refOf } from '../../src/kubernetes/identity.ts';
import { ADDED_TOOLS, toolsAtHand } from '../../src/lab/index.ts';
import { contextWith, seenBy } from '../http/support.ts';
import { contextOf, freshName, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { loadFlagship, objectsOf } from '../rollouts/flagship.ts';
import { enterAdded, leaveAdded } from '../support/lab-users.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { until } from '../support/poll.ts';
import { told } from '../support/told.ts';

// What the flagship declares of its twelve hosts, with a real cert-manager and a real nginx, and the very question that it asks of them.

const built = (await toolsAtHand(ADDED_TOOLS.certificates)).size === ADDED_TOOLS.certificates.length;
const withCertManager = built ? describe : describe.skip;
if (!built)
  console.warn(
    'Tests of the flagship’s certificates (skipped: cert-manager is not built, `windlass lab tools --with certificates`).',
  );
const NAMESPACES = ['data-platform', 'monitoring', 'victoria-metrics'];
const AROUND = ['Ingress', 'IngressClass'];
// Of a host that two Ingresses declare, nginx has what the older one says: other tests of this lab apply the flagship too.
const domain = `${freshName('hosts')}.test`;
let client: KubernetesClient;
let url: string;
let issuers: readonly KubernetesObject[];
let certificates: readonly KubernetesObject[];
let ingresses: readonly KubernetesObject[];
let question: TlsProbeSpec;

beforeAll(async () => {
  if (!built) return;
  const env = await enterAdded(['ingress', 'certificates']);
  url = env.WINDLASS_LAB_INGRESS_TLS_URL!;
  client = await openLabCluster();
  const flagship = await loadFlagship('lab', { domain });
  const objects = objectsOf(flagship);
  const ofSigning = objects.filter(({ apiVersion }) => apiVersion.startsWith('cert-manager.io/'));
  const isHost = ({ kind, metadata }: KubernetesObject) =>
    kind === 'Certificate' && metadata.namespace !== 'cert-manager';
  issuers = ofSigning.filter((object) => !isHost(object));
  certificates = ofSigning.filter(isHost);
  ingresses = objects.filter(({ kind }) => AROUND.includes(kind));
  question = findStep(flagship.bundle, 'optimisation', 'hosts-served')?.with as TlsProbeSpec;
  for (const name of NAMESPACES) await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
});
afterAll(async () => {
  if (!built) return;
  for (const name of NAMESPACES) await client.delete(namespaceRef(name));
  for (const object of [...issuers, ...ingresses])
    if (!NAMESPACES.includes(object.metadata.namespace ?? '')) await client.delete(refOf(object));
  await client.delete({ apiVersion: 'v1', kind: 'Secret', namespace: 'cert-manager', name: 'hosts-authority' });
  await client.close();
  await leaveAdded();
});

const apply = (objects: readonly KubernetesObject[]) =>
  kubernetesApplyEngine(client).apply(specOf('data-platform', { wait: true, readyWithin: '2m' }), contextOf(objects));
const secrets: SecretReader = async ({ namespace, name, key }) => {
  const found = await client.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  const value = readText(found ?? undefined, 'data', key);
  return value === undefined ? null : Buffer.from(value, 'base64').toString();
};
const probe = () => tlsProbeEngine({ url }, secrets);

/**
 * Deletes what a Certificate that is gone has asked for. The cluster's garbage collector does so too, but hears of new kinds each half minute
 * only, and cert-manager tries the more rarely the longer the old request is in the way of a new one.
 */
async function forgetRequestsOf({ metadata: { name, namespace = '' } }: KubernetesObject): Promise<void> {
  const requests = await client.list({ apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest' }, { namespace });
  for (const request of requests)
    if (readList(request, 'metadata', 'ownerReferences').some((owner) => readText(owner, 'name') === name))
      await client.delete(refOf(request));
}

withCertManager('the twelve hosts of the flagship', () => {
  test('have their certificates issued, are each served with its own, and nothing is issued anew when all is applied again', async () => {
    await apply(ingresses);
    await apply(issuers);
    await apply(certificates);
    expect(told(await probe().verify({ ...question, within: '2m' }, contextWith()))).toMatchObject([
      { holds: true, how: 'real', source: expect.stringMatching(/^tls 12 hosts at /), observed: { daysLeft: 89 } },
    ]);
    const key = { target: 'cluster', namespace: 'data-platform', name: 'trino-tls', key: 'tls.crt' };
    const before = await secrets(key, new AbortController().signal);
    for (const objects of [issuers, certificates, ingresses])
      expect((await apply(objects)).changes.filter(({ action }) => action !== 'unchanged')).toEqual([]);
    expect(await secrets(key, new AbortController().signal)).toBe(before);
  });

  test('do not hold while one of them has lost its certificate, which is named, and do again once it has a new one', async () => {
    const spark = certificates.find(({ metadata }) => metadata.name === 'spark')!;
    await client.delete(refOf(spark));
    await forgetRequestsOf(spark);
    await client.delete({ apiVersion: 'v1', kind: 'Secret', namespace: 'data-platform', name: 'spark-tls' });
    // A busy nginx may leave others without an answer for a while.
    await until(async () => {
      const missed = (await seenBy(probe(), question)).split('; ');
      return missed.length === 1 && missed[0]?.startsWith(`spark.${domain} has no certificate`);
    });
    await apply([spark]);
    expect(told(await probe().verify({ ...question, within: '2m' }, contextWith()))).toMatchObject([{ holds: true }]);
  });
});
