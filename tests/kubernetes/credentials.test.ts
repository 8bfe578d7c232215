import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { accessOf } from '../../src/kubernetes/client/connection.ts';
import { RenewedCredentials } from '../../src/kubernetes/client/credentials.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { discovery, FakeServer } from './fake-server.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'windlass-credentials-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const kubeconfig = (user: object, cluster: object = {}) =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://cluster.example', ...cluster } }],
    users: [
      { name: 'other', user: { token: 'of somebody else' } },
      { name: 'u', user },
    ],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

/** A plugin that counts its runs, and gives `token-N`. */
function plugin(status: object = {}): object {
  const runs = join(dir, 'runs');
  const program = `
    const fs = require('node:fs');
    fs.appendFileSync(${JSON.stringify(runs)}, '.');
    fs.writeFileSync(${JSON.stringify(join(dir, 'info'))}, process.env.KUBERNETES_EXEC_INFO + process.env.MORE);
    const token = 'token-' + fs.readFileSync(${JSON.stringify(runs)}).length;
    console.log(JSON.stringify({ kind: 'ExecCredential', status: { token, ...${JSON.stringify(status)} } }));`;
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', program],
      env: [{ name: 'MORE', value: 'more' }],
      provideClusterInfo: true,
    },
  };
}

const runsOfPlugin = () => readFileSync(join(dir, 'runs')).length;

describe('credentials', () => {
  test('of a token file are read again, and the file goes before a token beside it', async () => {
    const tokenFile = join(dir, 'token');
    writeFileSync(tokenFile, 'first\n');
    const access = await accessOf({ kubeconfig: kubeconfig({ tokenFile, token: 'stale' }) });
    const first = await access.credentials();
    expect(first.headers).toEqual({ Authorization: 'Bearer first' });
    writeFileSync(tokenFile, 'second\n');
    expect((await access.credentials(first)).headers).toEqual({ Authorization: 'Bearer second' });
  });

  test('of a plugin are asked for once, however many requests are refused at once', async () => {
    const access = await accessOf({ kubeconfig: kubeconfig(plugin()) });
    const first = await access.credentials();
    expect(first.headers).toEqual({ Authorization: 'Bearer token-1' });
    const renewed = await Promise.all([first, first, first].map((refused) => access.credentials(refused)));
    expect(renewed.map(({ headers }) => headers.Authorization)).toEqual(Array(3).fill('Bearer token-2'));
    // Somebody who comes late with the old ones gets those that there are.
    expect(await access.credentials(first)).toBe(renewed[0]);
    expect(runsOfPlugin()).toBe(2);
  });

  test('of a plugin are asked for again when they expire, not before', async () => {
    const text = (status: object) => kubeconfig(plugin(status));
    const credentialsOf = (content: string, now: () => number) =>
      new RenewedCredentials(
        () => {
          const config = new KubeConfig();
          config.loadFromString(content);
          return config;
        },
        'cluster.example',
        now,
      );
    let now = 0;
    const lasting = credentialsOf(text({ expirationTimestamp: '2999-01-01T00:00:00Z' }), () => now);
    await lasting.get();
    now += 3_600_000;
    expect((await lasting.get()).headers.Authorization).toBe('Bearer token-1');
    const passing = credentialsOf(text({ expirationTimestamp: '2001-01-01T00:00:00Z' }), () => now);
    expect((await passing.get()).headers.Authorization).toBe('Bearer token-2');
    now += 3_600_000;
    expect((await passing.get()).headers.Authorization).toBe('Bearer token-3');
  });

  test('tell a plugin what Kubernetes promises it, beside what the kubeconfig does', async () => {
    await accessOf({ kubeconfig: kubeconfig(plugin(), { 'tls-server-name': 'kubernetes' }) });
    const told = readFileSync(join(dir, 'info'), 'utf8');
    expect(told.endsWith('more')).toBe(true);
    expect(JSON.parse(told.slice(0, -'more'.length))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: 'https://cluster.example',
          'tls-server-name': 'kubernetes',
          'insecure-skip-tls-verify': false,
        },
      },
    });
  });

  test('keep their connections while certificates stay, and not when those change', async () => {
    const [cert, key] = [join(dir, 'crt'), join(dir, 'key')];
    writeFileSync(cert, 'CERT');
    writeFileSync(key, 'KEY');
    const access = await accessOf({ kubeconfig: kubeconfig({ 'client-certificate': cert, 'client-key': key }) });
    const first = await access.credentials();
    const same = await access.credentials(first);
    expect(same).not.toBe(first);
    expect(same.tls).toBe(first.tls);
    writeFileSync(cert, 'ROTATED');
    expect((await access.credentials(same)).tls).toEqual({ ...first.tls, cert: Buffer.from('ROTATED') });
  });

  test('of the pod that we run in are its service account, read again', async () => {
    const mount = join(dir, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(mount, { recursive: true });
    writeFileSync(join(mount, 'ca.crt'), 'CA');
    writeFileSync(join(mount, 'token'), 'first');
    const before = { ...process.env };
    Object.assign(process.env, { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' });
    try {
      const access = await accessOf({}, dir);
      expect(access).toMatchObject({ origin: 'https://10.96.0.1', address: '10.96.0.1:443' });
      const first = await access.credentials();
      expect(first).toEqual({ headers: { Authorization: 'Bearer first' }, tls: { ca: Buffer.from('CA') } });
      writeFileSync(join(mount, 'token'), 'second');
      expect((await access.credentials(first)).headers).toEqual({ Authorization: 'Bearer second' });
    } finally {
      for (const name of ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'])
        if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
    }
  });

  test('that were revoked are replaced in the middle of the work, by one more run of the plugin', async () => {
    const server = new FakeServer();
    await server.listen();
    const origin = `http://127.0.0.1:${String(server.port)}`;
    let accepted = 'Bearer token-1';
    server.handler = (asked, response) => {
      if (asked.headers.authorization !== accepted) return { status: 401, body: '' };
      return asked.path.endsWith('/configmaps') ? { body: { metadata: {}, items: [] } } : discovery(asked, response);
    };
    const cluster = { server: origin, 'insecure-skip-tls-verify': true };
    const client = await openKubernetes({ kubeconfig: kubeconfig(plugin(), cluster) });
    try {
      const list = () => client.list({ apiVersion: 'v1', kind: 'ConfigMap' });
      await list();
      accepted = 'Bearer token-2';
      expect(await Promise.all([list(), list(), list(), list()])).toEqual([[], [], [], []]);
      expect(runsOfPlugin()).toBe(2);
    } finally {
      await client.close();
      await server.close();
    }
  });
});
