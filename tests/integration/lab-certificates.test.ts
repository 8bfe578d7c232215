import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readText } from '../../src/domain/json-fields.ts';
import { tlsProbeEngine, type TlsProbeSpec } from '../../src/http/tls-probe.ts';
import { kubernetesApplyEngine } from '../../src/kubernetes/apply/apply-engine.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { tellBehind } from '../../src/lab/behind.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { ADDED_TOOLS, labServer, toolsAtHand } from '../../src/lab/index.ts';
import { contextWith, seenBy, specOf as probeOf } from '../http/support.ts';
import { contextOf, failureOf, freshName, namespaceRef, specOf } from '../kubernetes/cluster.ts';
import { enterAdded, leaveAdded } from '../support/lab-users.ts';
import { openLabCluster } from '../support/lab-cluster.ts';
import { until } from '../support/poll.ts';
import { told } from '../support/told.ts';

// A platform's certificates: an authority of its own, a host with a certificate of it, served by the lab's nginx, verified by a probe.

const dir = process.env['WINDLASS_LAB_DIR']!;
const built = (await toolsAtHand(ADDED_TOOLS.certificates)).size === ADDED_TOOLS.certificates.length;
const withCertManager = built ? describe : describe.skip;
if (!built)
  console.warn('Tests of certificates (skipped: cert-manager is not built, `windlass lab tools --with certificates`).');
const ns = freshName('tls');
const host = (name: string) => `${name}.${ns}.test`;
let client: KubernetesClient;

beforeAll(async () => {
  if (!built) return;
  await enterAdded(['ingress', 'certificates']);
  client = await openLabCluster();
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns } });
  await apply({
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: ns } },
    spec: { controller: 'example.test/any' },
  });
  tellBehind(labPaths(dir), { [`${ns}/shop:80`]: 'minio/s3' });
});
afterAll(async () => {
  if (!built) return;
  await client.delete(namespaceRef(ns));
  await client.delete({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', name: ns });
  await client.close();
  await leaveAdded();
});

const apply = (...objects: readonly object[]) =>
  kubernetesApplyEngine(client).apply(specOf(ns, { wait: true }), contextOf(objects));

const issuer = (name: string, spec: object): object => ({
  ...{ apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name }, spec },
});
const certificate = (name: string, spec: object): object => ({
  ...{ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name } },
  spec: { secretName: name, privateKey: { algorithm: 'ECDSA' }, ...spec },
});
/** Whoever signs for themselves, and an authority made so, whose name is in its certificate. */
const AUTHORITY = [
  issuer('itself', { selfSigned: {} }),
  certificate('authority', { isCA: true, commonName: `authority of ${ns}`, issuerRef: { name: 'itself' } }),
  issuer('authority', { ca: { secretName: 'authority' } }),
];

/** A host that nginx leads to a Service, by TLS with the certificate of a Secret. */
function ingress(name: string, annotations: Readonly<Record<string, string>> = {}): object {
  const backend = { service: { name: 'shop', port: { number: 80 } } };
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, annotations } },
    spec: {
      ingressClassName: ns,
      rules: [{ host: host(name), http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      tls: [{ hosts: [host(name)], secretName: name }],
    },
  };
}
const SHOP = {
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop' } },
  spec: { type: 'ExternalName', externalName: 'shop.example.test', ports: [{ port: 80 }] },
};

async function secret(name: string, key: string): Promise<string> {
  const found = await client.get({ apiVersion: 'v1', kind: 'Secret', namespace: ns, name });
  return Buffer.from(readText(found, 'data', key) ?? '', 'base64').toString();
}

/** A probe of a host at the lab's nginx, which trusts this authority alone. */
function probeOfHost(name: string, ca: string, more: object = {}) {
  const engine = tlsProbeEngine({ url: `https://127.0.0.1:${String(labServer(dir, 'nginx').ports['https'])}` });
  const spec = probeOf('tls', { serverName: host(name), ca: { fromEnv: 'CA' }, ...more }) as unknown as TlsProbeSpec;
  const context = contextWith({ CA: ca });
  return {
    verified: async () => told(await engine.verify(spec, context)),
    seen: () => seenBy(engine, spec, context),
  };
}

withCertManager('certificates of a platform in a lab', () => {
  test('are issued by an authority within the cluster, served by nginx, and verified by a probe against that authority', async () => {
    const named = certificate('shop', { dnsNames: [host('shop')], issuerRef: { name: 'authority' } });
    await apply(...AUTHORITY, named, SHOP, ingress('shop'));
    const ca = await secret('authority', 'tls.crt');
    const probe = probeOfHost('shop', ca, { daysLeft: 30 });
    expect(await probe.verified()).toMatchObject([
      { holds: true, how: 'real', observed: { daysLeft: expect.any(Number) } },
    ]);

    // The same again: nothing is left to change, and nothing is issued anew.
    const serial = await secret('shop', 'tls.crt');
    const again = await apply(...AUTHORITY, named, SHOP, ingress('shop'));
    expect(again.changes.filter(({ action }) => action !== 'unchanged')).toEqual([]);
    expect(await secret('shop', 'tls.crt')).toBe(serial);
  });

  test('are not trusted by whoever trusts another authority, nor for another host, nor for longer than they are valid', async () => {
    const ca = await secret('authority', 'tls.crt');
    await apply(certificate('other', { isCA: true, commonName: 'other', issuerRef: { name: 'itself' } }));
    const seen = async (of: string, more: object = {}) => probeOfHost('shop', of, more).seen();
    expect(await seen(await secret('other', 'tls.crt'))).toMatch(/certificate/);
    expect(await seen(ca, { names: [host('nobody')] })).toContain(`is not for ${host('nobody')}`);
    expect(await seen(ca, { daysLeft: 366 })).toMatch(/is valid for \d+ more days/);
  });

  test('are asked for by an annotation of an Ingress too', async () => {
    await apply(ingress('noted', { 'cert-manager.io/issuer': 'authority' }));
    await until(async () => (await secret('noted', 'tls.crt')) !== '' || null);
    const probe = probeOfHost('noted', await secret('authority', 'tls.crt'));
    expect(await probe.verified()).toMatchObject([{ holds: true }]);
  });

  test('that nobody issues keep their step from being done, and it says what cert-manager says', async () => {
    const orphan = certificate('orphan', { dnsNames: [host('orphan')], issuerRef: { name: 'nobody' } });
    const applied = kubernetesApplyEngine(client).apply(
      specOf(ns, { wait: true, readyWithin: '5s' }),
      contextOf([orphan]),
    );
    const failure = await failureOf(applied);
    expect(failure.type).toBe('NotReadyInTime');
    expect(failure.message).toContain('Certificate');
  });
});
