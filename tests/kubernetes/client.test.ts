import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { WatchEvent } from '../../src/domain/kubernetes-api.ts';
import type { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { isRetryable } from '../../src/kubernetes/combined.ts';
import { openKubernetes } from '../../src/kubernetes/client/open.ts';
import { discovery, FakeServer, type Handler } from './fake-server.ts';

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const ONE = { ...CONFIG_MAP, namespace: 'data', name: 'one' } as const;
const stored = (name: string, version = '1') => ({
  ...CONFIG_MAP,
  metadata: { name, namespace: 'data', uid: name, resourceVersion: version },
});

let server: FakeServer;
let client: KubernetesClient;

beforeEach(async () => {
  server = new FakeServer();
  await server.listen();
  client = await openKubernetes({ kubeconfig: server.kubeconfig });
});
afterEach(async () => {
  await client.close();
  await server.close();
});

/** Answers beside discovery. */
function answers(handler: Handler): void {
  server.handler = (asked, response) =>
    ['/api', '/apis', '/api/v1'].includes(asked.path) ? discovery(asked, response) : handler(asked, response);
}

async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error(`no failure was thrown, but ${String(error)}`);
  return error;
}

describe('the client', () => {
  test('applies server-side, strictly, as field manager windlass, with its token', async () => {
    answers(() => ({ body: stored('one') }));
    await client.apply({ ...CONFIG_MAP, metadata: { name: 'one', namespace: 'data' } }, { force: true, dryRun: true });
    const asked = server.asked.at(-1);
    expect(asked).toMatchObject({ method: 'PATCH', path: '/api/v1/namespaces/data/configmaps/one' });
    expect(Object.fromEntries(asked?.query ?? [])).toEqual({
      fieldManager: 'windlass',
      fieldValidation: 'Strict',
      force: 'true',
      dryRun: 'All',
    });
    expect(asked?.headers).toMatchObject({
      'content-type': 'application/apply-patch+yaml',
      authorization: 'Bearer the-token',
    });
  });

  test('calls no kind unknown to a server that has just begun, which does not tell of all kinds yet', async () => {
    const widget = { apiVersion: 'v2', kind: 'Widget', name: 'x' };
    answers(({ path }) =>
      path === '/readyz' ? { status: 500, body: '[-]poststarthook failed' } : { status: 404, body: '' },
    );
    const failure = await failureOf(client.get(widget));
    expect(failure.type).toBe('TargetUnreachable');
    expect(isRetryable(failure)).toBe(true);
    expect((await failureOf(client.discovery.namespacedKinds())).type).toBe('TargetUnreachable');
    // Ready, or not for everybody to ask.
    for (const status of [200, 403, 404]) {
      answers(({ path }) => (path === '/readyz' ? { status, body: 'ok' } : { status: 404, body: '' }));
      expect((await failureOf(client.get(widget))).type).toBe('UnknownKind');
    }
  });

  test('tells an object that is not there from a kind that is not served', async () => {
    answers(() => ({
      status: 404,
      body: { kind: 'Status', reason: 'NotFound', details: { name: 'one', kind: 'configmaps' } },
    }));
    expect(await client.get(ONE)).toBeNull();
    expect(await client.delete(ONE)).toBe(false);
    answers(() => ({ status: 404, body: { kind: 'Status', reason: 'NotFound', details: {} } }));
    expect((await failureOf(client.get(ONE))).type).toBe('UnknownKind');
    expect((await failureOf(client.get({ apiVersion: 'v9', kind: 'Nothing', name: 'x' }))).options.facts).toEqual({
      kinds: ['v9/Nothing'],
    });
  });

  test('sends preconditions with a delete', async () => {
    answers(() => ({ body: { kind: 'Status', status: 'Success' } }));
    expect(await client.delete(ONE, { uid: 'u', resourceVersion: '7' })).toBe(true);
    expect(JSON.parse(server.asked.at(-1)?.body ?? '')).toEqual({
      propagationPolicy: 'Background',
      preconditions: { uid: 'u', resourceVersion: '7' },
    });
  });

  test('lets dependents of a deleted object live where it is asked to', async () => {
    answers(() => ({ body: { kind: 'Status', status: 'Success' } }));
    await client.delete(ONE, { propagation: 'Orphan' });
    expect(JSON.parse(server.asked.at(-1)?.body ?? '')).toMatchObject({ propagationPolicy: 'Orphan' });
  });

  test('merges fields into an object as it was looked at, or into a subresource of it', async () => {
    answers(() => ({ body: stored('one') }));
    await client.merge(ONE, { data: { a: null }, metadata: { labels: { b: 'c' } } }, { resourceVersion: '7' });
    const asked = server.asked.at(-1);
    expect(asked).toMatchObject({ method: 'PATCH' });
    expect(asked?.query.get('fieldManager')).toBe('windlass');
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      data: { a: null },
      metadata: { labels: { b: 'c' }, resourceVersion: '7' },
    });
    await client.merge(ONE, { spec: { replicas: 2 } }, { subresource: 'scale' });
    expect(server.asked.at(-1)?.path).toMatch(/\/configmaps\/one\/scale$/);
    await client.get(ONE, { subresource: 'scale' });
    expect(server.asked.at(-1)?.path).toMatch(/\/configmaps\/one\/scale$/);
  });

  test('says that an object which fields were to be merged into is not there', async () => {
    answers(() => ({
      status: 404,
      body: { kind: 'Status', reason: 'NotFound', details: { name: 'one', kind: 'configmaps' } },
    }));
    expect(await failureOf(client.merge(ONE, { data: {} }))).toMatchObject({
      type: 'NotFound',
      options: { facts: { objects: ['ConfigMap data/one'] } },
    });
  });

  test('reads lists page by page and gives items their kind', async () => {
    answers(({ query }) => {
      const next = query.get('continue');
      return {
        body: {
          metadata: { continue: next === null ? 'more' : '' },
          items: [{ metadata: { name: next === null ? 'one' : 'two' } }],
        },
      };
    });
    const list = await client.list(CONFIG_MAP, { namespace: 'data', labelSelector: 'a=b' });
    expect(list).toEqual([
      { ...CONFIG_MAP, metadata: { name: 'one' } },
      { ...CONFIG_MAP, metadata: { name: 'two' } },
    ]);
    expect(server.asked.at(-1)?.query.get('limit')).toBe('500');
    expect(server.asked.at(-1)?.query.get('labelSelector')).toBe('a=b');
  });

  test('begins a list again when its continuation has expired', async () => {
    let expired = false;
    answers(({ query }) => {
      if (query.get('continue') === null)
        return { body: { metadata: expired ? {} : { continue: 'old' }, items: [{ metadata: { name: 'one' } }] } };
      expired = true;
      return { status: 410, body: { kind: 'Status', reason: 'Expired', code: 410 } };
    });
    expect(await client.list(CONFIG_MAP)).toHaveLength(1);
  });

  test('asks for kinds once, and again only for one that was not there', async () => {
    answers(() => ({ body: stored('one') }));
    await Promise.all([client.get(ONE), client.get(ONE)]);
    await client.get(ONE);
    expect(server.asked.filter(({ path }) => path === '/apis')).toHaveLength(1);
    await failureOf(client.get({ apiVersion: 'example.com/v1', kind: 'Widget', name: 'x' }));
    expect(server.asked.filter(({ path }) => path === '/apis')).toHaveLength(2);
  });

  test('gives way to a busy server for as long as it says, and then goes on', async () => {
    let busy = 2;
    answers(() =>
      busy-- > 0 ? { status: 429, headers: { 'retry-after': '0.01' }, body: '' } : { body: stored('one') },
    );
    expect(await client.get(ONE)).not.toBeNull();
  });

  test('does not give way for ever', async () => {
    answers(() => ({ status: 429, headers: { 'retry-after': '0.001' }, body: { kind: 'Status', code: 429 } }));
    const hasty = await openKubernetes({ kubeconfig: server.kubeconfig }, { giveWayMs: 50 });
    expect((await failureOf(hasty.get(ONE))).summary()).toMatchObject({ type: 'Throttled', retryable: true });
    await hasty.close();
  });

  test('does not wait at all for a server that wants to be left alone for longer than it would wait', async () => {
    answers(() => ({ status: 429, headers: { 'retry-after': '3600' }, body: { kind: 'Status', code: 429 } }));
    expect((await failureOf(client.get(ONE))).type).toBe('Throttled');
    expect(server.asked.filter(({ path }) => path.endsWith('/configmaps/one'))).toHaveLength(1);
  });

  test('comes back to a server that is starting when it says when', async () => {
    let starting = 1;
    answers(() =>
      starting-- > 0 ? { status: 503, headers: { 'retry-after': '0.01' }, body: '' } : { body: stored('one') },
    );
    expect(await client.get(ONE)).not.toBeNull();
    answers(() => ({ status: 503, body: { kind: 'Status', code: 503 } }));
    expect((await failureOf(client.get(ONE))).type).toBe('ServerError');
  });

  test('asks for less at once after it was refused, and never for more than it may', async () => {
    let now = 0;
    let most = 0;
    let refusals = 0;
    answers((_asked, response) => {
      now += 1;
      most = Math.max(most, now);
      const full = now > 4;
      if (full) refusals += 1;
      setTimeout(() => {
        now -= 1;
        response.writeHead(full ? 429 : 200, full ? { 'retry-after': '0.01' } : {});
        response.end(full ? '' : JSON.stringify(stored('one')));
      }, 5);
      return undefined;
    });
    const found = await Promise.all(Array.from({ length: 200 }, () => client.get(ONE)));
    expect(found.every((object) => object !== null)).toBe(true);
    expect(most).toBeLessThanOrEqual(16);
    // Without giving way, each of the 200 would be refused many times over.
    expect(refusals).toBeLessThan(100);
  });

  test('asks once more, with fresh credentials, when they are not accepted', async () => {
    let refused = 1;
    answers(() => (refused-- > 0 ? { status: 401, body: '' } : { body: stored('one') }));
    expect(await client.get(ONE)).not.toBeNull();
    answers(() => ({ status: 401, body: { kind: 'Status', message: 'Unauthorized' } }));
    expect((await failureOf(client.get(ONE))).summary()).toMatchObject({ type: 'AccessDenied', retryable: false });
  });

  test('sends a request once more over a new connection when the old one is cut', async () => {
    let cuts = 1;
    answers((_asked, response) => {
      if (cuts-- <= 0) return { body: stored('one') };
      response.destroy();
      return undefined;
    });
    expect(await client.get(ONE)).not.toBeNull();
  });

  test('says where it found nobody, by host and port alone', async () => {
    const { port } = server;
    await server.close();
    const summary = (await failureOf(client.get(ONE))).summary();
    expect(summary).toMatchObject({ type: 'TargetUnreachable', retryable: true });
    expect(summary.message).toBe(`The API server at 127.0.0.1:${String(port)} refuses connections.`);
    expect(JSON.stringify(summary)).not.toContain('the-token');
    await server.listen();
  });

  test('ends a request with the reason of its signal, also while it gives way', async () => {
    answers(() => ({ status: 429, headers: { 'retry-after': '9' }, body: '' }));
    const stop = new AbortController();
    const reason = new Error('cancelled');
    const asking = client.get(ONE, { signal: stop.signal });
    while (server.asked.at(-1)?.path !== '/api/v1/namespaces/data/configmaps/one') await new Promise(setImmediate);
    stop.abort(reason);
    await expect(asking).rejects.toBe(reason);
    await expect(client.list(CONFIG_MAP, { signal: stop.signal })).rejects.toBe(reason);
  });

  test('never repeats what a server says of a Secret', async () => {
    answers(() => ({
      status: 422,
      body: { kind: 'Status', message: 'Secret "s" is invalid: hunter2', reason: 'Invalid', code: 422 },
    }));
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'data' }, data: {} };
    expect(JSON.stringify((await failureOf(client.apply(secret))).summary())).not.toContain('hunter2');
  });
});

describe('a watch over HTTP', () => {
  test('tells what is there, then what changes, over a connection that is cut in the middle of a line', async () => {
    const watches: string[] = [];
    answers(({ query }, response) => {
      if (query.get('watch') !== 'true')
        return { body: { metadata: { resourceVersion: '5' }, items: [{ metadata: stored('one', '3').metadata }] } };
      watches.push(query.get('resourceVersion') ?? '');
      response.writeHead(200);
      if (watches.length === 1) {
        response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '8' } } })}\n`);
        response.write(`${JSON.stringify({ type: 'ADDED', object: stored('two', '9') })}\n{"type":"ADDED","obj`);
        setTimeout(() => response.destroy(), 20);
      } else response.write(`${JSON.stringify({ type: 'MODIFIED', object: stored('two', '11') })}\n`);
      return undefined;
    });
    const stop = new AbortController();
    const events: WatchEvent[] = [];
    const reason = new Error('enough');
    const watching = (async () => {
      for await (const event of client.watch(CONFIG_MAP, { namespace: 'data', signal: stop.signal })) {
        events.push(event);
        if (events.length === 3) stop.abort(reason);
      }
    })();
    await expect(watching).rejects.toBe(reason);
    expect(events.map(({ type, object }) => [type, object.metadata.name, object.metadata.resourceVersion])).toEqual([
      ['ADDED', 'one', '3'],
      ['ADDED', 'two', '9'],
      ['MODIFIED', 'two', '11'],
    ]);
    expect(watches).toEqual(['5', '9']);
  });

  test('of one object asks for that one alone', async () => {
    answers(() => ({ body: { metadata: { resourceVersion: '5' }, items: [{ metadata: stored('one').metadata }] } }));
    for await (const event of client.watch(CONFIG_MAP, {
      namespace: 'data',
      name: 'one',
      signal: new AbortController().signal,
    })) {
      expect(event.object.metadata.name).toBe('one');
      break;
    }
    expect(server.asked.at(-1)?.query.get('fieldSelector')).toBe('metadata.name=one');
  });

  test('ends when watching is not allowed', async () => {
    answers(({ query }) =>
      query.get('watch') === 'true'
        ? {
            status: 403,
            body: {
              kind: 'Status',
              message: 'configmaps is forbidden: User "tester" cannot watch resource "configmaps" in API group ""',
              code: 403,
            },
          }
        : { body: { metadata: { resourceVersion: '5' }, items: [] } },
    );
    const watching = async (): Promise<void> => {
      for await (const event of client.watch(CONFIG_MAP, { namespace: 'data', signal: new AbortController().signal }))
        expect(event).toBeNull();
    };
    expect((await failureOf(watching())).message).toBe('tester may not watch configmaps.');
  });
});
