import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { s3Client } from '../../src/objectstore/client.ts';
import { S3Store } from '../../src/store/s3.ts';

/** A server that keeps objects and answers as the test says, to stand for servers older or sicker than the lab's. */
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

async function storeAnswering(answer: Answer): Promise<S3Store> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(request, Buffer.concat(chunks), response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const connection = { endpoint, region: 'us-east-1', accessKey: 'key', secretKey: 'hidden-secret', pathStyle: true };
  return new S3Store(s3Client(connection, { idleMs: 300 }), 'bucket', 'p/', connection);
}

const fail = (response: ServerResponse, status: number, code: string): void => {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<Error><Code>${code}</Code><Message>said by the server</Message></Error>`);
};

describe('a store in S3', () => {
  test('asks the server to refuse a write where something is, and never sends one where it saw something', async () => {
    const kept = new Map<string, Buffer>();
    const puts: (string | undefined)[] = [];
    const store = await storeAnswering((request, body, response) => {
      const path = request.url ?? '';
      if (request.method === 'PUT') {
        puts.push(request.headers['if-none-match']);
        kept.set(path, body);
        response.end();
      } else if (kept.has(path)) response.end(kept.get(path));
      else fail(response, 404, 'NoSuchKey');
    });
    await store.put('a', Buffer.from('one'));
    await expect(store.put('a', Buffer.from('two'))).rejects.toMatchObject({ type: 'StoreConflict' });
    expect(puts).toEqual(['*']);
    expect([...kept]).toEqual([['/bucket/p/a', Buffer.from('one')]]);
  });

  test('writes without the condition where the server does not know it', async () => {
    const kept = new Map<string, Buffer>();
    const store = await storeAnswering((request, body, response) => {
      const path = request.url ?? '';
      if (request.method === 'PUT' && request.headers['if-none-match'] !== undefined)
        fail(response, 501, 'NotImplemented');
      else if (request.method === 'PUT') {
        kept.set(path, body);
        response.end();
      } else if (kept.has(path)) response.end(kept.get(path));
      else fail(response, 404, 'NoSuchKey');
    });
    await store.put('a', Buffer.from('one'));
    expect((await store.get('a'))?.toString()).toBe('one');
  });

  test('a write that lost against another writer compares with what that one wrote', async () => {
    const answers = (there: string): Answer => {
      let lost = false;
      return (request, _body, response) => {
        if (request.method === 'PUT') {
          lost = true;
          fail(response, 412, 'PreconditionFailed');
        } else if (lost) response.end(there);
        else fail(response, 404, 'NoSuchKey');
      };
    };
    await (await storeAnswering(answers('mine'))).put('a', Buffer.from('mine'));
    const other = await storeAnswering(answers('theirs'));
    await expect(other.put('a', Buffer.from('mine'))).rejects.toMatchObject({ type: 'StoreConflict' });
  });

  test('a server that always says another writer was first is given up on, to be retried later', async () => {
    const store = await storeAnswering((request, _body, response) => {
      if (request.method === 'PUT') fail(response, 409, 'ConditionalRequestConflict');
      else fail(response, 404, 'NoSuchKey');
    });
    const failure = await store.put('a', Buffer.from('x')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'TargetBusy' });
  });

  test.each([
    [404, 'NoSuchBucket', 'NotFound'],
    [403, 'InvalidAccessKeyId', 'AccessDenied'],
    [503, 'SlowDown', 'ServerError'],
    [500, 'InternalError', 'ServerError'],
    [429, 'TooManyRequests', 'Throttled'],
    [400, 'SomethingElse', 'ServerError'],
  ])('HTTP %i %s is the failure %s, without the text of the server or a credential', async (status, code, type) => {
    const store = await storeAnswering((_request, _body, response) => {
      fail(response, status, code);
    });
    const failure: unknown = await store.get('a').catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'WindlassFailure', type, options: { object: 'a' } });
    expect((failure as Error).message).not.toMatch(/said by the server|hidden-secret/);
  });

  test('a server that never answers ends in an unreachable store, not in waiting', async () => {
    const store = await storeAnswering(() => undefined);
    await expect(store.get('a')).rejects.toMatchObject({ type: 'TargetUnreachable' });
    await expect(store.list('a')).rejects.toMatchObject({ type: 'TargetUnreachable' });
  });

  test('a connection lost in the middle of a blob is a failure, not a short blob', async () => {
    const store = await storeAnswering((_request, _body, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    await expect(store.get('a')).rejects.toMatchObject({ type: 'TargetUnreachable' });
  });
});
