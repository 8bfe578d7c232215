import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { servePage, type PageServer } from '../../src/cli/serve/page-server.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';

let server: PageServer;
let fails = false;

beforeAll(async () => {
  server = await servePage(() => {
    if (fails)
      return Promise.reject(new WindlassFailure('TargetUnreachable', 'The store does not answer.', { next: 'Wait.' }));
    return Promise.resolve({ version: 'v1', text: '<p>the page</p>' });
  }, 0);
});
afterAll(() => server.close());

async function ask(
  more: { readonly method?: string; readonly path?: string; readonly headers?: Record<string, string> } = {},
) {
  const { hostname, port, pathname } = new URL(server.address);
  const asked = request({ hostname, port, path: pathname, agent: false, ...more });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const text = (await answer.toArray()).map(String).join('');
  return { status: answer.statusCode, headers: answer.headers, text };
}

describe('the server of a page', () => {
  test('listens on loopback alone, below a path that nobody can guess', () => {
    expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
  });

  test('gives the page, not to be kept, framed or taken by another site', async () => {
    expect(await ask()).toMatchObject({
      status: 200,
      text: '<p>the page</p>',
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      },
    });
  });

  test('says that nothing has changed to whoever has it already', async () => {
    expect(await ask({ headers: { 'if-none-match': '"v1"' } })).toMatchObject({ status: 304, text: '' });
    expect(await ask({ headers: { 'if-none-match': '"v0"' } })).toMatchObject({ status: 200 });
  });

  test('answers no other name than those of loopback, so that no name of a stranger can be pointed at it', async () => {
    const { port } = new URL(server.address);
    for (const host of ['evil.example', `evil.example:${port}`, `localhost.evil.example:${port}`, '127.0.0.1'])
      expect(await ask({ headers: { host } })).toMatchObject({ status: 421 });
    expect(await ask({ headers: { host: `localhost:${port}` } })).toMatchObject({ status: 200 });
  });

  test('changes nothing, whatever it is told, and knows no other path', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(await ask({ method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await ask({ method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    for (const path of ['/', '/../etc/passwd', `${new URL(server.address).pathname}x`])
      expect(await ask({ path })).toMatchObject({ status: 404 });
  });

  test('says why there is no page now, and goes on', async () => {
    fails = true;
    expect(await ask()).toMatchObject({ status: 503, text: 'The store does not answer.\n' });
    fails = false;
    expect(await ask()).toMatchObject({ status: 200 });
  });
});
