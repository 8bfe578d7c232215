import { filesOf } from '../postgres/support/files.ts';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { EngineContext } from '../../src/domain/step-engine.ts';
import { probe } from '../../src/domain/kinds/probe.ts';
import { hostAndPort } from '../../src/http/server-url.ts';
import { tcpProbeEngine, type TcpProbeSpec } from '../../src/http/tcp-probe.ts';

const SPEC = probe.parse({ protocol: 'tcp', within: '30s' }) as TcpProbeSpec;
const CONTEXT: EngineContext = {
  files: filesOf({}),
  signal: new AbortController().signal,
  progress: () => undefined,
  resolve: () => Promise.reject(new Error('none')),
  owner: { rollout: 'r', environment: 'e', bundle: 'b', run: '1', phase: 'p', step: 's' },
};

describe('a TCP probe', () => {
  test('is met as soon as somebody listens, and not before', async () => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');

    const engine = tcpProbeEngine({ url: `postgres://ada:s3cret@127.0.0.1:${String(port)}/db` });
    const failure = await engine.verify({ ...SPEC, within: '100ms' }, CONTEXT).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'ProbeFailed',
      message: expect.stringContaining(`tcp 127.0.0.1:${String(port)} refused the connection`),
    });

    const { promise: refused, resolve: progress } = Promise.withResolvers<unknown>();
    const met = engine.verify(SPEC, { ...CONTEXT, progress });
    await refused;
    server.listen(port, '127.0.0.1');
    await expect(met).resolves.toMatchObject([{ holds: true, source: `tcp 127.0.0.1:${String(port)}` }]);
    server.close();
  });

  test.each([
    ['http://host', 'host', 80],
    ['https://host/path', 'host', 443],
    ['postgres://u:p@host/db', 'host', 5432],
    ['https://[::1]:6443', '::1', 6443],
  ])('the port of %s follows from its scheme', (url, host, port) => {
    expect(hostAndPort({ url })).toEqual({ host, port });
  });

  test('an address without any port is refused', () => {
    expect(() => hostAndPort({ url: 'redis://host' })).toThrow(
      expect.objectContaining({ type: 'ReferenceUnresolved' }),
    );
  });
});
