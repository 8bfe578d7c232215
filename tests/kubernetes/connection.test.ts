import { describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { accessOf } from '../../src/kubernetes/client/connection.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const kubeconfig = (user: object, cluster: object = {}) =>
  JSON.stringify({
    clusters: [
      { name: 'c', cluster: { server: 'https://cluster.example:6443/k8s/one/', ...cluster } },
      { name: 'd', cluster: { server: 'https://other.example' } },
    ],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'x', context: { cluster: 'c', user: 'u' } },
      { name: 'y', context: { cluster: 'd', user: 'u' } },
      { name: 'z', context: { cluster: 'nowhere', user: 'u' } },
    ],
    'current-context': 'x',
  });

async function failureOf(connection: Parameters<typeof accessOf>[0]): Promise<WindlassFailure> {
  const error: unknown = await accessOf(connection).catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error(`no failure was thrown, but ${String(error)}`);
  return error;
}

describe('a connection', () => {
  test('has its address, base path and port from the kubeconfig, of the context that is asked for', async () => {
    const text = kubeconfig({ token: 't' });
    expect(await accessOf({ kubeconfig: text })).toMatchObject({
      origin: 'https://cluster.example:6443',
      basePath: '/k8s/one',
      address: 'cluster.example:6443',
    });
    expect(await accessOf({ kubeconfig: text, context: 'y' })).toMatchObject({
      basePath: '',
      address: 'other.example:443',
    });
  });

  test('takes client certificates, authority and server name', async () => {
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    const cluster = { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'kubernetes' };
    const { tls } = await (await accessOf({ kubeconfig: kubeconfig(user, cluster) })).credentials();
    expect(tls).toEqual({
      ca: Buffer.from('CA'),
      cert: Buffer.from('CERT'),
      key: Buffer.from('KEY'),
      servername: 'kubernetes',
    });
  });

  test('takes tokens, passwords and tokens of plugins', async () => {
    const headers = async (user: object) =>
      (await (await accessOf({ kubeconfig: kubeconfig(user) })).credentials()).headers;
    expect(await headers({ token: 'abc' })).toMatchObject({ Authorization: 'Bearer abc' });
    expect(await headers({ username: 'a', password: 'b' })).toMatchObject({ Authorization: `Basic ${base64('a:b')}` });
    const answer = { kind: 'ExecCredential', status: { token: 'from-plugin' } };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-p', JSON.stringify(JSON.stringify(answer))],
    };
    expect(await headers({ exec })).toMatchObject({ Authorization: 'Bearer from-plugin' });
  });

  test.each<[string, Parameters<typeof accessOf>[0], string]>([
    ['text that is no kubeconfig', { kubeconfig: 'password: hunter2: x' }, 'it is not a kubeconfig'],
    ['an empty one', { kubeconfig: '' }, 'it is not a kubeconfig'],
    ['a context that it does not have', { kubeconfig: kubeconfig({}), context: 'q' }, 'it has no context q'],
    ['a context without a cluster', { kubeconfig: kubeconfig({}), context: 'z' }, 'names no cluster'],
    [
      'a server that is no URL',
      { kubeconfig: kubeconfig({}, { server: 'hunter2' }) },
      'the server of cluster c is not a URL',
    ],
    ['a proxy', { kubeconfig: kubeconfig({}, { 'proxy-url': 'http://hunter2@proxy' }) }, 'proxy-url'],
    ['no pod to be in', {}, 'does not run in a pod'],
  ])('refuses %s, without quoting it', async (_what, connection, why) => {
    const failure = await failureOf(connection);
    expect(failure.type).toBe('ReferenceUnresolved');
    expect(failure.message).toContain(why);
    expect(JSON.stringify(failure.summary()) + String(failure.cause)).not.toContain('hunter2');
  });

  test('says that credentials could not be had, not what the plugin printed', async () => {
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', 'console.error("hunter2"); process.exit(1)'],
    };
    const failure = await failureOf({ kubeconfig: kubeconfig({ exec }) });
    expect(failure.type).toBe('AccessDenied');
    expect(JSON.stringify(failure.summary()) + String(failure.cause)).not.toContain('hunter2');
  });
});
