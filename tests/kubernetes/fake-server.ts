import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a test answers; the response itself for answers that are not a status and a body. */
export type Handler = (
  asked: Asked,
  response: ServerResponse,
) => { status?: number; headers?: Record<string, string>; body: unknown } | undefined;

/** An HTTP server on loopback that answers as a test says, and remembers what it was asked. */
export class FakeServer {
  readonly asked: Asked[] = [];
  handler: Handler = () => ({ status: 404, body: '404 page not found' });
  /** How many connections were opened to it. */
  connections = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
    this.#server.on('connection', () => (this.connections += 1));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** A kubeconfig for this server, as user `tester` with a token. */
  get kubeconfig(): string {
    return JSON.stringify({
      clusters: [
        { name: 'c', cluster: { server: `http://127.0.0.1:${String(this.port)}`, 'insecure-skip-tls-verify': true } },
      ],
      users: [{ name: 'tester', user: { token: 'the-token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'tester' } }],
      'current-context': 'x',
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const url = new URL(request.url ?? '', 'http://here');
    const asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    };
    this.asked.push(asked);
    const answer = this.handler(asked, response);
    if (answer === undefined) return;
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  }
}

/** Discovery of ConfigMaps, Secrets and Namespaces, as servers without aggregated discovery give it. */
export const discovery: Handler = ({ path }) => {
  const kind = (name: string, of: string, namespaced: boolean) => ({ name, kind: of, namespaced });
  if (path === '/api') return { body: { kind: 'APIVersions', versions: ['v1'] } };
  if (path === '/apis') return { body: { kind: 'APIGroupList', groups: [] } };
  if (path === '/api/v1')
    return {
      body: {
        kind: 'APIResourceList',
        groupVersion: 'v1',
        resources: [
          kind('configmaps', 'ConfigMap', true),
          kind('secrets', 'Secret', true),
          kind('namespaces', 'Namespace', false),
          kind('namespaces/status', 'Namespace', false),
        ],
      },
    };
  return { status: 404, body: '404 page not found' };
};
