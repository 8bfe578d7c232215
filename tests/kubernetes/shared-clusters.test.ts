import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SharedClusters } from '../../src/kubernetes/client/shared.ts';
import { until } from '../support/poll.ts';
import { discovery, FakeServer } from './fake-server.ts';

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'data', name: 'one' } as const;

let servers: FakeServer[];
let clusters: SharedClusters;

beforeEach(() => {
  servers = [];
  clusters = new SharedClusters();
});
afterEach(async () => {
  for (const server of servers) await server.close();
});

/** A server that serves config maps, and knows its documents by this tag. */
async function serving(tag = 'first'): Promise<FakeServer & { tag: string }> {
  const server = Object.assign(new FakeServer(), { tag });
  server.handler = (asked, response) => {
    if (!['/api', '/apis', '/api/v1'].includes(asked.path))
      return { body: { ...CONFIG_MAP, metadata: { name: 'one', namespace: 'data' } } };
    if (asked.headers['if-none-match'] === server.tag) return { status: 304, body: '' };
    response.setHeader('etag', server.tag);
    return discovery(asked, response);
  };
  await server.listen();
  servers.push(server);
  return server;
}

async function step(server: FakeServer): Promise<void> {
  const client = await clusters.open({ kubeconfig: server.kubeconfig });
  try {
    await client.get(CONFIG_MAP);
  } finally {
    await client.close();
  }
}

test('steps one after the other share their connections, and ask whether the kinds are the same', async () => {
  const server = await serving();
  for (let n = 0; n < 10; n += 1) await step(server);
  expect(clusters.size).toBe(1);
  // One for each question that was open at the same time as others.
  expect(server.connections).toBeLessThan(5);
  const tags = server.asked.filter(({ path }) => path === '/api').map(({ headers }) => headers['if-none-match']);
  expect(tags).toEqual([undefined, ...Array<string>(9).fill('first')]);
});

test('kinds that changed, or another server behind the address, are asked for anew', async () => {
  const server = await serving();
  await step(server);
  server.tag = 'second';
  await step(server);
  await step(server);
  const tags = server.asked.filter(({ path }) => path === '/api').map(({ headers }) => headers['if-none-match']);
  expect(tags).toEqual([undefined, 'first', 'second']);
});

test('a kubeconfig of another cluster, or with another token, is another connection', async () => {
  const [one, other] = [await serving(), await serving()];
  await step(one);
  await step(other);
  expect(other.asked.some(({ path }) => path.endsWith('/configmaps/one'))).toBe(true);
  const renewed = one.kubeconfig.replace('the-token', 'another-token');
  const client = await clusters.open({ kubeconfig: renewed });
  await client.get(CONFIG_MAP);
  await client.close();
  expect(one.asked.at(-1)?.headers).toMatchObject({ authorization: 'Bearer another-token' });
  expect(clusters.size).toBe(3);
});

test('what nobody uses is closed, and what is in use is not', async () => {
  clusters = new SharedClusters(1);
  const server = await serving();
  const kept = await clusters.open({ kubeconfig: server.kubeconfig });
  await step(server);
  // Closed twice, as a failure on the way may do, it lets go once.
  await kept.get(CONFIG_MAP);
  await kept.close();
  await kept.close();
  await until(() => (clusters.size === 0 ? true : null));
  await step(server);
  expect(server.asked.at(-1)?.path).toBe('/api/v1/namespaces/data/configmaps/one');
});

test('no more than 16 connections that nobody uses stay open', async () => {
  const server = await serving();
  for (let n = 0; n < 20; n += 1) {
    const client = await clusters.open({ kubeconfig: server.kubeconfig.replace('the-token', `token-${String(n)}`) });
    await client.close();
  }
  expect(clusters.size).toBe(16);
});

test('a kubeconfig that cannot be used is refused each time, and remembered as nothing', async () => {
  for (let n = 0; n < 2; n += 1)
    await expect(clusters.open({ kubeconfig: 'not: [one' })).rejects.toMatchObject({ type: 'ReferenceUnresolved' });
  expect(clusters.size).toBe(0);
});
