import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { postJson } from '../../src/http/post.ts';
import type { WindlassFailure } from '../../src/domain/failure.ts';
import { listening } from '../objectstore/support.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const SECRET = 'hooks-s3cret';

async function posting(answer: Answer, withinMs?: number, user = ''): Promise<WindlassFailure | null> {
  await using server = await listening(createServer(answer));
  const url = `http://${user}127.0.0.1:${server.port}/${SECRET}?key=${SECRET}`;
  return await postJson(url, { event: 'failed' }, 'notifications[0] of lab', withinMs).then(
    () => null,
    (error: unknown) => error as WindlassFailure,
  );
}

describe('a document posted to a webhook', () => {
  test('arrives as JSON, with user and password of the address as credentials', async () => {
    const seen: unknown[] = [];
    const failure = await posting(
      (request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          const { 'content-type': type, authorization } = request.headers;
          seen.push([request.method, request.url, type, authorization, body]);
          response.writeHead(204).end();
        });
      },
      undefined,
      'ada:pass@',
    );
    expect(failure).toBeNull();
    const credentials = `Basic ${Buffer.from('ada:pass').toString('base64')}`;
    expect(seen).toEqual([['POST', `/${SECRET}?key=${SECRET}`, 'application/json', credentials, '{"event":"failed"}']]);
  });

  test.each([
    [400, false],
    [302, false],
    [408, true],
    [429, true],
    [503, true],
  ])('that is answered with %i is a failure, to be tried again: %s', async (status, retryable) => {
    const failure = await posting((_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:1/${SECRET}` }).end(SECRET);
    });
    expect(failure?.summary()).toMatchObject({ type: 'ServerError', retryable, facts: { status } });
    expect(JSON.stringify(failure?.summary())).not.toContain(SECRET);
  });

  test('is given up when no answer comes in its time, or none at all, and may be tried again', async () => {
    const silent = await posting(() => undefined, 50);
    expect(silent?.summary()).toMatchObject({ type: 'TargetUnreachable', retryable: true });
    const cut = await posting((request) => request.socket.destroy());
    expect(cut?.summary()).toMatchObject({ type: 'TargetUnreachable', message: 'The receiver cut the connection.' });
    expect(JSON.stringify([silent?.summary(), cut?.summary()])).not.toContain(SECRET);
  });

  test('is not sent to what is no http address', async () => {
    await expect(postJson('postgres://localhost/x', {}, 'n')).rejects.toMatchObject({ type: 'ReferenceUnresolved' });
  });
});
