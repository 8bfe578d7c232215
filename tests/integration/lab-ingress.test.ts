import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { request, type Agent } from 'undici';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { read } from '../../src/domain/json-fields.ts';
import { tellBehind } from '../../src/lab/behind.ts';
import { accepted, ClusterApi } from '../../src/lab/cluster-api.ts';
import { labPaths } from '../../src/lab/directory.ts';
import { killServer, labServer, startServer } from '../../src/lab/index.ts';
import { adminAgent } from '../../src/lab/probe.ts';
import { labIsUp } from '../support/lab-is-up.ts';
import { enterAdded, leaveAdded } from '../support/lab-users.ts';
import { until } from '../support/poll.ts';
import { freshName } from '../support/settings.ts';

const dir = process.env['WINDLASS_LAB_DIR']!;
const namespace = freshName();
const host = (name: string) => `${name}.${namespace}.test`;
const PODS = `/api/v1/namespaces/${namespace}`;
const INGRESSES = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;
const CLASSES = '/apis/networking.k8s.io/v1/ingressclasses';
let agent: Agent;
let api: ClusterApi;
let url: string;

const make = async (path: string, body: JsonObject) => accepted(await api.send(path, { method: 'POST', body }), path);

/** A Service with an endpoint, as that of a pod would be. */
async function service(name: string, ready = true): Promise<void> {
  await make(`${PODS}/services`, { metadata: { name }, spec: { ports: [{ name: 'http', port: 80 }] } });
  await make(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    metadata: { name, labels: { 'kubernetes.io/service-name': name } },
    ...{ addressType: 'IPv4', ports: [{ name: 'http', port: 80 }] },
    endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready } }],
  });
}

const to = (name: string) => ({ service: { name, port: { name: 'http' } } });

async function ingress(name: string, paths: Readonly<Record<string, string>>, of: string, more: JsonObject = {}) {
  const rule = Object.entries(paths).map(([path, backend]) => ({ path, pathType: 'Prefix', backend: to(backend) }));
  await make(INGRESSES, {
    metadata: { name },
    spec: { ingressClassName: namespace, rules: [{ host: of, http: { paths: rule } }], ...more },
  });
}

async function ask(of: string, path = '/') {
  // A connection of its own: nginx ends those that are idle whenever it takes other servers.
  const { statusCode, headers, body } = await request(`${url}${path}`, { headers: { host: of }, reset: true });
  return { status: statusCode, says: headers['x-windlass-lab'], text: await body.text() };
}

const answers = (of: string, path: string, isAsWanted: (answer: Awaited<ReturnType<typeof ask>>) => boolean) =>
  until(async () => {
    const answer = await ask(of, path);
    return isAsWanted(answer) ? answer : null;
  });

beforeAll(async () => {
  const env = await enterAdded(['ingress']);
  url = env.WINDLASS_LAB_INGRESS_URL!;
  agent = adminAgent(labPaths(dir));
  api = new ClusterApi(`https://127.0.0.1:${String(labServer(dir, 'kube-apiserver').ports['https'])}`, agent);
  await make('/api/v1/namespaces', { metadata: { name: namespace } });
  await make(CLASSES, { metadata: { name: namespace }, spec: { controller: 'example.test/any' } });
  await Promise.all([service('real'), service('simulated'), service('down', false)]);
  tellBehind(labPaths(dir), {
    [`${namespace}/real:http`]: 'minio/s3',
    [`${namespace}/down:80`]: 'minio/s3',
  });
});

afterAll(async () => {
  await api.send(`/api/v1/namespaces/${namespace}`, { method: 'DELETE' });
  await api.send(`${CLASSES}/${namespace}`, { method: 'DELETE' });
  await agent.close();
  await leaveAdded();
});

describe('the way in of a lab', () => {
  test('leads hosts of Ingresses to servers of the lab, and says where nothing real stands', async () => {
    await ingress('shop', { '/': 'real', '/minio/health/cluster': 'simulated', '/down': 'down' }, host('shop'));
    const live = await answers(host('shop'), '/minio/health/live', ({ status }) => status === 200);
    expect(live.says).toBe('minio/s3');
    // For a moment after nginx has read what is new, its old processes answer too.
    expect(await answers(host('shop'), '/minio/health/cluster', ({ status }) => status === 503)).toEqual({
      status: 503,
      says: 'nothing-real',
      text: `Nothing real stands behind Service ${namespace}/simulated:http in this lab.\n`,
    });
    expect(await answers(host('shop'), '/down', ({ status }) => status === 503)).toMatchObject({
      status: 503,
      says: undefined,
      text: `No endpoint of Service ${namespace}/down is ready.\n`,
    });
    expect(await ask(host('nobody'))).toMatchObject({ status: 404, text: expect.stringContaining('this host') });
    const found = await api.get(`${INGRESSES}/shop`);
    const { http, https } = labServer(dir, 'nginx').ports;
    expect(read(found ?? null, 'status', 'loadBalancer', 'ingress')).toEqual([
      { ip: '127.0.0.1', ports: [http, https].map((port) => ({ port, protocol: 'TCP' })) },
    ]);
  });

  test('merges what two Ingresses say of a host: the older one keeps a path that both declare', async () => {
    await ingress('first', { '/': 'real' }, host('merged'));
    await answers(host('merged'), '/minio/health/live', ({ status }) => status === 200);
    await ingress('second', { '/': 'simulated', '/other': 'simulated' }, host('merged'));
    await answers(host('merged'), '/other', ({ says }) => says === 'nothing-real');
    expect(await ask(host('merged'), '/minio/health/live')).toMatchObject({ status: 200 });
    await api.send(`${INGRESSES}/first`, { method: 'DELETE' });
    await answers(host('merged'), '/minio/health/live', ({ says }) => says === 'nothing-real');
  });

  test('shows the certificate of the Secret that an Ingress names, and none for other hosts', async () => {
    await ingress('secure', { '/': 'real' }, host('secure'), {
      tls: [{ hosts: [host('secure')], secretName: 'secure' }],
    });
    const { certificate, key } = await selfSigned(host('secure'));
    await answers(host('secure'), '/minio/health/live', ({ status }) => status === 200);
    await make(`${PODS}/secrets`, {
      metadata: { name: 'secure' },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    });
    const status = await until(() => askByTls(host('secure'), certificate).catch(() => null));
    expect(status).toBe(200);
    await expect(askByTls(host('shop'), certificate)).rejects.toThrow(/unrecognized name/i);
  });

  test('stays what it is when nginx is killed and started again, and follows what changes meanwhile', async () => {
    await killServer(dir, 'nginx');
    await ingress('meanwhile', { '/': 'real' }, host('meanwhile'));
    await until(async () =>
      read((await api.get(`${INGRESSES}/meanwhile`)) ?? null, 'status', 'loadBalancer', 'ingress'),
    );
    await startServer(dir, 'nginx');
    for (const name of ['shop', 'meanwhile'])
      expect(await ask(host(name), '/minio/health/live')).toMatchObject({ status: 200, says: 'minio/s3' });
    await labIsUp(dir);
  });

  test('gives an Ingress of a class that is gone no address, and its host no answer', async () => {
    await api.send(`${CLASSES}/${namespace}`, { method: 'DELETE' });
    await answers(host('shop'), '/', ({ status }) => status === 404);
    await until(async () => {
      const found: Json = (await api.get(`${INGRESSES}/shop`)) ?? null;
      return read(found, 'status', 'loadBalancer', 'ingress') === undefined;
    });
  });
});

function askByTls(name: string, ca: string): Promise<number> {
  const port = labServer(dir, 'nginx').ports['https'];
  return new Promise((resolve, reject) => {
    const asked = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        servername: name,
        path: '/minio/health/live',
        headers: { host: name },
        ca,
        agent: false,
      },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      },
    );
    asked.once('error', reject);
    asked.end();
  });
}

async function selfSigned(name: string): Promise<{ readonly certificate: string; readonly key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${namespace}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { certificate: made.toString('pem'), key };
}
