import { afterEach, describe, expect, test } from '@jest/globals';
import { httpProbeEngine, readHttp, type HttpProbeSpec } from '../../src/http/http-probe.ts';
import { postJson } from '../../src/http/post.ts';
import { isTooDeep } from '../../src/domain/json-depth.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { KubernetesClient } from '../../src/kubernetes/client/client.ts';
import { linesOf } from '../../src/kubernetes/client/collection.ts';
import { accessOf } from '../../src/kubernetes/client/connection.ts';
import { Transport } from '../../src/kubernetes/client/transport.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { contextWith, answering as httpAnswering, closeAll, listening, seenBy, specOf } from '../http/support.ts';
import { FakeServer } from '../kubernetes/fake-server.ts';
import { answering, connectionTo } from '../objectstore/support.ts';
import { smaller } from './support.ts';

afterEach(closeAll);

describe('JSON that a probe is answered', () => {
  const seen = async (body: string) =>
    seenBy(
      httpProbeEngine({ url: `http://${await httpAnswering(body)}` }),
      specOf('http', { json: { holds: 'false' } }) as unknown as HttpProbeSpec,
    );
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

  test('is read up to 4 MiB', async () => {
    const body = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    expect(await seen(body(LIMITS.json.most))).toContain('with JSON in which false does not hold');
    expect(await seen(body(LIMITS.json.most + 1))).toBe('answered 200 with more than 4 MiB');
  });

  test('is understood up to 500 levels', async () => {
    expect(await seen(nested(500))).toContain('with JSON in which false does not hold');
    expect(await seen(nested(501))).toBe('answered 200 with JSON that is nested deeper than 500 levels');
    expect(isTooDeep(JSON.stringify({ '[[["\\': `"${'['.repeat(600)}` }))).toBe(false);
  });

  test('is read so far for a measure too', async () => {
    const host = await httpAnswering(nested(501));
    const spec = { path: '/', status: 200, headers: {}, json: { at: '/0' } };
    expect(await readHttp({ url: `http://${host}` }, spec, { ...contextWith(), ms: 10_000 })).toEqual({
      unknown: 'answered 200 with JSON that is nested deeper than 500 levels',
    });
  });
});

describe('a body that is searched for a text', () => {
  test('is read as far as 1,048,576 characters', async () => {
    const seen = async (before: number) => {
      const host = await httpAnswering(`${'x'.repeat(before)}wanted${'x'.repeat(4 * 2 ** 20)}`);
      const spec = specOf('http', { contains: 'wanted' }) as unknown as HttpProbeSpec;
      return seenBy(httpProbeEngine({ url: `http://${host}` }), spec);
    };
    expect(await seen(LIMITS.body.most - 6)).toBe('was met');
    expect(await seen(3 * 2 ** 20)).toBe('answered 200 without the expected text');
  });
});

describe('a webhook', () => {
  test('that answers without an end is told all the same, and left', async () => {
    const ended = Promise.withResolvers<undefined>();
    const host = await listening((_, response) => {
      response.on('close', () => {
        ended.resolve(undefined);
      });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
        response.once('drain', more);
      };
      more();
    });
    await postJson(`http://${host}/`, {}, 'webhook');
    await ended.promise;
  });
});

describe('an S3 server', () => {
  test('gives an object that is read whole up to 64 MiB', async () => {
    let size = LIMITS.bucketObject.most;
    await using server = await answering((_, response) => response.end(Buffer.alloc(size)));
    const reader = bucketReader(connectionTo(server.port));
    expect(await reader.read('bucket', 'key')).toHaveLength(size);
    size += 1;
    await expect(reader.read('bucket', 'key')).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'The answer has more than 64 MiB, the most that is taken of it.',
      options: { object: 'object bucket/key' },
    });
  });

  test('gives a list whose pages are read up to 16 MiB', async () => {
    let spaces = 0;
    await using server = await answering((_, response) => {
      response.end(
        `<ListBucketResult>${' '.repeat(spaces)}<Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>`,
      );
    });
    const first = () => bucketReader(connectionTo(server.port)).list('bucket', '')[Symbol.asyncIterator]().next();
    expect(await first()).toMatchObject({ value: { key: 'a', size: 1 } });
    spaces = LIMITS.s3Answer.most;
    await expect(first()).rejects.toMatchObject({ type: 'LimitExceeded', options: { object: 'bucket bucket' } });
  });
});

describe('an API server', () => {
  const asked = { verb: 'read', object: '/a', secret: false } as const;
  async function served(body: string) {
    const server = new FakeServer();
    await server.listen();
    server.handler = (_asked, response) => {
      response.end(body);
      return undefined;
    };
    const transport = new Transport(await accessOf({ kubeconfig: server.kubeconfig }));
    return {
      transport,
      async [Symbol.asyncDispose]() {
        await transport.close();
        await server.close();
      },
    };
  }

  test('gives answers that are read up to a limit', async () => {
    await using to = await served('x'.repeat(100));
    const call = { method: 'GET', path: '/a', asked } as const;
    expect((await to.transport.ask({ ...call, limit: smaller(LIMITS.clusterAnswer, 100) })).body).toHaveLength(100);
    await expect(to.transport.ask({ ...call, limit: smaller(LIMITS.clusterAnswer, 99) })).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: expect.stringMatching(/^The answer of the API server at 127\.0\.0\.1:\d+ has more than 99 bytes/),
      options: { object: '/a' },
    });
  });

  test('gives events of a watch that end', async () => {
    async function* chunks(...texts: string[]) {
      yield* await Promise.resolve(texts.map((text) => Buffer.from(text)));
    }
    const limit = smaller(LIMITS.clusterAnswer, 4);
    const lines: string[] = [];
    for await (const line of linesOf(chunks('aa\nbb', 'bb\ncc'), limit)) lines.push(line);
    expect(lines).toEqual(['aa', 'bbbb', 'cc']);
    await expect(linesOf(chunks('aaa', 'aa'), limit).next()).rejects.toMatchObject({ type: 'LimitExceeded' });
  });

  test('gives the log of a pod up to 64 MiB', async () => {
    const server = new FakeServer();
    await server.listen();
    const transport = new Transport(await accessOf({ kubeconfig: server.kubeconfig }));
    const client = new KubernetesClient(transport);
    let size = LIMITS.podLog.most;
    server.handler = ({ path }, response) => {
      if (path.endsWith('/log')) {
        response.end(Buffer.alloc(size, 'x'));
        return undefined;
      }
      if (path === '/api') return { body: { kind: 'APIVersions', versions: ['v1'] } };
      if (path === '/apis') return { body: { kind: 'APIGroupList', groups: [] } };
      const pods = { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['list', 'create'] };
      return { body: { kind: 'APIResourceList', groupVersion: 'v1', resources: [pods] } };
    };
    try {
      expect(await client.logs({ namespace: 'a', name: 'b' })).toHaveLength(size);
      size += 1;
      await expect(client.logs({ namespace: 'a', name: 'b' })).rejects.toMatchObject({
        type: 'LimitExceeded',
        options: { object: 'log of Pod a/b' },
      });
    } finally {
      await client.close();
      await server.close();
    }
  });
});
