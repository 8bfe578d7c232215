import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A running health server. */
export interface Health {
  /** `http://host:port` */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` (the process answers) and `/readyz` (200 while the worker polls, 503 while it starts or drains),
 * both with the worker's state as JSON.
 *
 * @param port 0 takes any free one.
 * @throws Error `EADDRINUSE` and the like when it cannot listen there.
 */
export async function serveHealth(host: string, port: number, state: () => string): Promise<Health> {
  const server = createServer((request, response) => {
    const now = state();
    const known = request.url === '/healthz' || request.url === '/readyz';
    const ready = request.url === '/healthz' || now === 'RUNNING';
    response.writeHead(known ? (ready ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify({ state: now })}\n`);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    address: `http://${host}:${bound}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
