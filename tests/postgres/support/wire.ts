import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { PostgresConnection } from '../../../src/postgres/connection.ts';

/** A wire between client and server that can be tapped and cut. */
export interface Wire {
  /** The server's address by way of the wire. */
  readonly connection: PostgresConnection;
  /** Resolves when a client has sent `cutAfter`. */
  readonly met: Promise<unknown>;
  /** Everything that clients sent so far, as text. */
  sent(): string;
  close(): Promise<void>;
}

/**
 * @param cutAfter when a client sends this, it still reaches the server, but the answer is lost and the connection cut.
 * @param how `silent` keeps the connection open and lets nothing pass any more, in neither direction; `held` does so
 *   before what the client sends reaches the server.
 */
export async function wire(
  to: PostgresConnection,
  cutAfter?: string,
  how: 'closed' | 'silent' | 'held' = 'closed',
): Promise<Wire> {
  const url = new URL(to.url);
  const sent: Buffer[] = [];
  const sockets = new Set<Socket>();
  const met = Promise.withResolvers<unknown>();
  const server = createServer((client) => {
    const upstream = connect(Number(url.port), url.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    let cut = false;
    client.on('data', (data) => {
      sent.push(data);
      if (cut && how !== 'closed') return;
      const now = cutAfter !== undefined && data.includes(cutAfter);
      if (!(now && how === 'held')) upstream.write(data);
      cut ||= now;
      if (cut) met.resolve(null);
    });
    upstream.on('data', (data) => {
      if (cut && how !== 'closed') return;
      if (cut) client.destroy();
      else client.write(data);
    });
    client.on('close', () => {
      if (!(cut && how === 'silent')) upstream.destroy();
    });
    upstream.on('close', () => {
      if (!(cut && how !== 'closed')) client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(to.url);
  through.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    connection: { url: through.href },
    met: met.promise,
    sent: () => Buffer.concat(sent).toString('latin1'),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
