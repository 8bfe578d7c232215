import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A running health server. */
export interface Health {
  /** `http://host:port` */
  readonly address: string;
  close(): Promise<void>;
}

/** How a worker stands; also the JSON that is served. */
export interface Standing {
  /** State of the SDK's worker: `RUNNING` while it polls. */
  readonly state: string;
  /** How many open gates it watches. */
  readonly gates: number;
  /** Why it makes no progress, in one sentence; absent while it does, or might. */
  readonly why?: string;
}

/**
 * Serves `/healthz` (200 while the process answers) and `/readyz` (200 while the worker polls and makes progress, else 503),
 * both with its standing as JSON.
 *
 * @param port 0 takes any free one.
 * @throws Error `EADDRINUSE` and the like when it cannot listen there.
 */
export async function serveHealth(host: string, port: number, standing: () => Standing): Promise<Health> {
  const server = createServer((request, response) => {
    const now = standing();
    const known = request.url === '/healthz' || request.url === '/readyz';
    const ready = request.url === '/healthz' || (now.state === 'RUNNING' && now.why === undefined);
    response.writeHead(known ? (ready ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(now)}\n`);
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
