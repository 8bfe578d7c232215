import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { s3Failure } from '../../src/objectstore/failure.ts';
import type { S3Connection } from '../../src/objectstore/client.ts';
import { objectstoreBucketEngine } from '../../src/objectstore/bucket-engine.ts';
import { bucketReader } from '../../src/objectstore/reader.ts';
import { bucketWriter } from '../../src/objectstore/writer.ts';
import { answering, connectionTo, engineContext, listening, type Listening } from './support.ts';

const spec = { bucket: 'velero-backups' };
const hasty = { idleMs: 150, wholeMs: 600 };

function silent(): Promise<Listening> {
  return listening(createServer((socket) => socket.on('error', () => undefined)));
}

function first(content: AsyncIterable<unknown>): Promise<unknown> {
  return content[Symbol.asyncIterator]().next();
}

async function failureOf(work: Promise<unknown>): Promise<WindlassFailure> {
  const failure: unknown = await work.catch((error: unknown) => error);
  if (!(failure instanceof WindlassFailure)) throw new Error('did not fail with a WindlassFailure');
  return failure;
}

describe('a server that does not answer as it should', () => {
  test('one that accepts and never answers ends as unreachable, with its address', async () => {
    await using server = await silent();
    const engine = objectstoreBucketEngine(connectionTo(server.port), hasty);
    const failure = await failureOf(engine.plan(spec, engineContext()));
    expect(failure.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: true });
    expect(failure.message).toContain(`127.0.0.1:${String(server.port)}: it does not answer`);
  });

  test.each<[string, (connection: S3Connection) => Promise<unknown>]>([
    ['reading', (connection) => bucketReader(connection, hasty).read('b1b', 'key')],
    ['streaming', (connection) => first(bucketReader(connection, hasty).stream('b1b', 'key'))],
    ['listing', (connection) => first(bucketReader(connection, hasty).list('b1b', ''))],
    ['writing', (connection) => bucketWriter(connection, hasty).put('b1b', 'key', Buffer.from('content'))],
    ['removing', (connection) => bucketWriter(connection, hasty).remove('b1b', 'key')],
  ])('one that accepts and never answers ends %s as unreachable', async (_words, work) => {
    await using server = await silent();
    const failure = await failureOf(work(connectionTo(server.port)));
    expect(failure.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: true });
  });

  test('one that stops in the middle of its answer ends as unreachable', async () => {
    await using server = await answering((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/xml', 'content-length': '1000' });
      response.write('<Error><Code>Acc');
    });
    const engine = objectstoreBucketEngine(connectionTo(server.port), hasty);
    const failure = await failureOf(engine.plan(spec, engineContext()));
    expect(failure.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: true });
  });

  test('one that trickles its answer for ever ends as unreachable', async () => {
    await using server = await answering((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => {
        clearInterval(drip);
      });
    });
    const engine = objectstoreBucketEngine(connectionTo(server.port), hasty);
    const failure = await failureOf(engine.plan(spec, engineContext()));
    expect(failure.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: true });
  });

  test('one that cuts the connection ends as unreachable', async () => {
    await using server = await listening(createServer((socket) => socket.destroy()));
    const engine = objectstoreBucketEngine(connectionTo(server.port), hasty);
    expect((await failureOf(engine.plan(spec, engineContext()))).message).toContain('the connection was cut');
  });

  test('no server at the port ends as refused', async () => {
    const port = await silent().then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server.port;
    });
    const failure = await failureOf(objectstoreBucketEngine(connectionTo(port)).plan(spec, engineContext()));
    expect(failure.type).toBe('TargetUnreachable');
    expect(failure.message).toContain('the connection was refused');
  });

  test.each([
    ['ENOTFOUND', 'the host name is unknown'],
    ['EAI_AGAIN', 'the name service does not answer'],
    ['EHOSTUNREACH', 'there is no route to the host'],
  ])('%s is told as unreachable, with the address: %s', (code, says) => {
    const error = Object.assign(new Error(`getaddrinfo ${code} s3.example.com`), { code });
    const failure = s3Failure(error, { server: 's3.example.com:9000', bucket: 'b', doing: 'looking' });
    expect(failure.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: true });
    expect(failure.message).toContain(`s3.example.com:9000: ${says}`);
  });

  test('https to a port that speaks plain http names the scheme, and is not tried again', async () => {
    await using server = await answering((_request, response) => response.end());
    const connection = { ...connectionTo(1), endpoint: `https://127.0.0.1:${String(server.port)}` };
    const failure = await failureOf(objectstoreBucketEngine(connection).plan(spec, engineContext()));
    expect(failure.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: false });
    expect(failure.message).toContain('does not speak TLS');
  });
});

describe('cancellation', () => {
  test('ends a request that hangs at once, with the reason of the signal, and closes its socket', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const closed = Promise.withResolvers<undefined>();
    const tcp = createServer((socket) => {
      socket.on('data', () => {
        arrived.resolve(undefined);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        closed.resolve(undefined);
      });
    });
    await using server = await listening(tcp);
    const controller = new AbortController();
    const engine = objectstoreBucketEngine(connectionTo(server.port));
    const outcome = engine.plan(spec, engineContext({ signal: controller.signal })).catch((error: unknown) => error);
    await arrived.promise;
    const reason = new Error('the step was cancelled');
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    await closed.promise;
  });

  test('before the first request asks nothing', async () => {
    const reason = new Error('the step was cancelled');
    const engine = objectstoreBucketEngine(connectionTo(1));
    await expect(engine.plan(spec, engineContext({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  });
});
