import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { PostgresConnection } from '../../../src/postgres/connection.ts';

/** A wire between client and server that can be tapped and cut. */
export interface Wire {
  /** The server's address by way of the wire. */
  readonly connection: PostgresConnection;
  /** Everything that clients sent so far, as text. */
  sent(): string;
  close(): Promise<void>;
}

/**
 * @param cutAfter when a client sends this, it still reaches the server, but the answer is lost and the connection cut.
 * @param how `silent` keeps the connection open and lets nothing pass any more, in neither direction.
 */
export async function wire(
  to: PostgresConnection,
  cutAfter?: string,
  how: 'closed' | 'silent' = 'closed',
): Promise<Wire> {
  const url = new URL(to.url);
  const sent: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(url.port), url.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    let cut = false;
    client.on('data', (data) => {
      sent.push(data);
      if (cut && how === 'silent') return;
      upstream.write(data);
      cut ||= cutAfter !== undefined && data.includes(cutAfter);
    });
    upstream.on('data', (data) => {
      if (cut && how === 'silent') return;
      if (cut) client.destroy();
      else client.write(data);
    });
    client.on('close', () => {
      if (!(cut && how === 'silent')) upstream.destroy();
    });
    upstream.on('close', () => {
      if (!(cut && how === 'silent')) client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const through = new URL(to.url);
  through.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    connection: { url: through.href },
    sent: () => Buffer.concat(sent).toString('latin1'),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
