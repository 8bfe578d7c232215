import { expect, test } from '@jest/globals';
import { openBucket } from '../../src/objectstore/ask.ts';
import { quota } from '../../src/objectstore/settings/quota.ts';
import { answering, connectionTo } from './support.ts';

const signal = new AbortController().signal;

test('a quota is asked for by path although the buckets have hosts of their own', async () => {
  const asked: string[] = [];
  await using server = await answering((request, response) => {
    asked.push(`${request.method ?? ''} ${request.headers.host ?? ''}${request.url ?? ''}`);
    response.end('{"quota":1073741824,"quotatype":"hard"}');
  });
  const host = `localhost:${String(server.port)}`;
  const connection = { ...connectionTo(server.port), endpoint: `http://${host}`, pathStyle: false };
  expect(await quota.read(openBucket(connection, 'uploads', { signal }))).toBe(1024 ** 3);
  expect(asked).toEqual([`GET ${host}/minio/admin/v3/get-bucket-quota?bucket=uploads`]);
});

test.each([
  [403, '{"Code":"AccessDenied","Message":"Access Denied."}', 'AccessDenied'],
  [403, 'Forbidden', 'TargetUnreachable'],
  [200, '<html>Welcome</html>', 'ServerError'],
])('HTTP %i %s to it is %s', async (status, body, type) => {
  await using server = await answering((_request, response) => response.writeHead(status).end(body));
  const handle = openBucket(connectionTo(server.port), 'uploads', { signal });
  await expect(quota.read(handle)).rejects.toMatchObject({ type });
});
