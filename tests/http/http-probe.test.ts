import { filesOf } from '../postgres/support/files.ts';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { probe } from '../../src/domain/kinds/probe.ts';
import { httpProbeEngine, type HttpProbeSpec } from '../../src/http/http-probe.ts';
import { told } from '../support/told.ts';

const open: Server[] = [];

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** Long enough for an answer on a busy machine; a probe that is not met takes all of it. */
function spec(more: Readonly<Record<string, unknown>> = {}): HttpProbeSpec {
  return probe.parse({ protocol: 'http', within: '2s', ...more }) as HttpProbeSpec;
}

function context(signal = new AbortController().signal): EngineContext {
  return {
    files: filesOf({}),
    signal,
    progress: () => undefined,
    resolve: () => Promise.reject(new Error('none')),
    owner: { rollout: 'r', environment: 'e', bundle: 'b', run: '1', phase: 'p', step: 's' },
  };
}

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }
});

describe('an HTTP probe', () => {
  test('is met by the status asked for, at its path below that of the target', async () => {
    const asked: string[] = [];
    const host = await listening((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(204).end();
    });
    const engine = httpProbeEngine({ url: `http://${host}/api/` });
    expect(told(await engine.verify(spec({ path: '/health?deep=1', status: 204 }), context()))).toMatchObject([
      { holds: true, claim: 'answers 204', source: `GET http://${host}/…/health?deep=1`, observed: { status: 204 } },
    ]);
    expect(asked).toEqual(['/api/health?deep=1']);
  });

  test('asks until the answer changes', async () => {
    let asked = 0;
    const host = await listening((_, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200).end();
    });
    await httpProbeEngine({ url: `http://${host}` }).verify(spec({ within: '30s' }), context());
    expect(asked).toBe(3);
  });

  test('says which status was seen last, and nothing of the body', async () => {
    const host = await listening((_, response) => response.writeHead(500, { 'x-token': 'tok3n' }).end('s3cret'));
    const failure = await httpProbeEngine({ url: `http://${host}` })
      .verify(spec({ within: '3s' }), context())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'ProbeFailed',
      message: expect.stringContaining('/ answered 500; expected'),
    });
    expect(JSON.stringify(failure)).not.toMatch(/s3cret|tok3n/);
  });

  test('finds a text wherever the body is cut, and misses one that is not there', async () => {
    const host = await listening((_, response) => {
      response.write('{"status":"he');
      setImmediate(() => response.end('althy"}'));
    });
    const engine = httpProbeEngine({ url: `http://${host}` });
    await expect(engine.verify(spec({ contains: '"healthy"' }), context())).resolves.toMatchObject([{ holds: true }]);
    await expect(engine.verify(spec({ contains: 'ready' }), context())).rejects.toMatchObject({
      message: expect.stringContaining('answered 200 without the expected text'),
    });
  });

  test('does not follow a redirect', async () => {
    const host = await listening((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    const engine = httpProbeEngine({ url: `http://${host}` });
    await expect(engine.verify(spec({ status: 302 }), context())).resolves.toMatchObject([{ holds: true }]);
  });

  test('user and password of the address are sent and not shown', async () => {
    const headers: (string | undefined)[] = [];
    const host = await listening((request, response) => {
      headers.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    const failure = await httpProbeEngine({ url: `http://ada:s3%3Acret@${host}` })
      .verify(spec(), context())
      .catch((error: unknown) => error);
    expect(headers[0]).toBe(`Basic ${Buffer.from('ada:s3:cret').toString('base64')}`);
    expect(`${String(failure)}${JSON.stringify(failure)}`).not.toMatch(/ada|cret/);
  });

  test('nobody there is said in words', async () => {
    const host = await listening((_, response) => response.end());
    const [server] = open.splice(0);
    server?.close();
    await expect(httpProbeEngine({ url: `http://${host}` }).verify(spec(), context())).rejects.toMatchObject({
      type: 'ProbeFailed',
      message: expect.stringContaining('refused the connection'),
    });
  });

  test('an answer that never comes ends with the time of the probe, or when it is told to stop', async () => {
    const stop = new AbortController();
    const reason = new Error('cancelled');
    let abortOnRequest = false;
    const host = await listening(() => {
      if (abortOnRequest) stop.abort(reason);
    });
    const engine = httpProbeEngine({ url: `http://${host}` });
    await expect(engine.verify(spec(), context())).rejects.toMatchObject({
      message: expect.stringContaining('did not answer in time'),
    });
    abortOnRequest = true;
    await expect(engine.verify(spec({ within: '10m' }), context(stop.signal))).rejects.toBe(reason);
  });

  test('an address that is none is refused at once, without being shown', async () => {
    const failure = await httpProbeEngine({ url: 's3cret' })
      .verify(spec({ within: '10m' }), context())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'ReferenceUnresolved' });
    expect(String(failure)).not.toContain('s3cret');
  });
});
