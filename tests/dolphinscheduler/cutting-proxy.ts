import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** When the connection is cut: before the request gets to the server, or before its answer gets back. */
export type Cut = 'request' | 'answer';

/**
 * Stands before a server and cuts the connection of one write, as when whoever asked was killed there; or lets somebody act before a
 * request gets through.
 */
export async function cuttingProxy(url: string) {
  const target = new URL(url);
  let seen = 0;
  let planned: { readonly at: number; readonly cut: Cut } | null = null;
  let awaited: { readonly method: string; readonly act: () => Promise<void> } | null = null;
  const server = createServer((request, response) => {
    const first = awaited?.method === request.method ? awaited : null;
    if (first === null) {
      pass(request, response);
      return;
    }
    awaited = null;
    void first.act().then(
      () => {
        pass(request, response);
      },
      () => request.socket.destroy(),
    );
  });
  function pass(request: IncomingMessage, response: ServerResponse): void {
    // What only reads can be asked again.
    const writes = request.method !== 'GET' && request.url?.endsWith('/login') !== true;
    if (writes) seen += 1;
    const cut = writes && planned?.at === seen ? planned.cut : null;
    if (cut === 'request') {
      request.socket.destroy();
      return;
    }
    const { method, headers } = request;
    const forwarded = httpRequest(
      { host: target.hostname, port: target.port, path: request.url, method, headers },
      (answer) => {
        if (cut === 'answer') {
          // The server is through with it.
          answer.resume().once('end', () => request.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(forwarded);
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${target.pathname}`,
    /** Writes since the last `cutAt`. */
    seen: () => seen,
    cutAt: (at: number, cut: Cut) => {
      seen = 0;
      planned = { at, cut };
    },
    /** Before the next request of this method gets through, somebody acts. */
    meanwhile: (method: string, act: () => Promise<void>) => {
      awaited = { method, act };
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
