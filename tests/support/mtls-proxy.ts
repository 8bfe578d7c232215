import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';

/**
 * A proxy that ends TLS before a server which speaks none, and lets nobody pass without a certificate of its authority: what stands
 * before Temporal's development server, which has no TLS of its own. It knows nothing of what passes.
 */
export interface MtlsProxy extends AsyncDisposable {
  readonly port: number;
  /** How many connections were let pass to the server behind it. */
  readonly passed: () => number;
}

/** @param directory with `temporal.pem`, `temporal.key` and `ca.pem`. @param behind `host:port` */
export async function mtlsProxy(directory: string, behind: string): Promise<MtlsProxy> {
  const read = (name: string): Buffer => readFileSync(join(directory, name));
  const sockets = new Set<Socket>();
  let passed = 0;
  const [host, port] = behind.split(':');
  const server = createServer(
    {
      ...{ cert: read('temporal.pem'), key: read('temporal.key'), ca: read('ca.pem') },
      ...{ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3', ALPNProtocols: ['h2'] },
    },
    (client) => {
      passed += 1;
      const upstream = connect(Number(port), host ?? '');
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(one);
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
        one.pipe(other);
      }
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    passed: () => passed,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
