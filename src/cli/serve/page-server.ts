import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WindlassFailure } from '../../domain/failure.ts';

/** A page as it is now. */
export interface ServedPage {
  /** The same as long as the page shows the same. */
  readonly version: string;
  readonly text: string;
}

/** A running server of one page. */
export interface PageServer {
  /** With the part of the path that nobody can guess: every user of the machine reaches its loopback. */
  readonly address: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/**
 * Serves one page on loopback, to be read and nothing else.
 *
 * A name of somebody's own that points at 127.0.0.1 reaches loopback from any web site (DNS rebinding): only whoever asks for
 * loopback by name is answered.
 *
 * @param current makes the page of now; a failure is told in place of it.
 * @param port 0 takes any free one.
 * @throws Error `EADDRINUSE` and the like when it cannot listen there.
 */
export async function servePage(current: () => Promise<ServedPage>, port: number): Promise<PageServer> {
  const path = `/${randomBytes(16).toString('base64url')}/`;
  const server = createServer((request, response) => {
    const { port: own } = server.address() as AddressInfo;
    const refused = refusalOf(request, own, path);
    if (refused !== null) answer(response, refused.status, refused.why, refused.headers);
    else void give(request, response, current);
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    address: `http://${HOST}:${String(bound)}${path}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Refusal {
  readonly status: number;
  readonly why: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function refusalOf({ headers, method, url }: IncomingMessage, port: number, path: string): Refusal | null {
  const names = [HOST, 'localhost'].map((name) => `${name}:${String(port)}`);
  if (!names.includes(headers.host ?? ''))
    return { status: 421, why: 'This page is given to whoever asks for it on loopback, and to nobody else.' };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, why: 'This page can be read, and nothing else.', headers: { allow: 'GET, HEAD' } };
  if (url !== path) return { status: 404, why: 'There is nothing here: take the whole address that was printed.' };
  return null;
}

async function give(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  current: () => Promise<ServedPage>,
): Promise<void> {
  try {
    const { version, text } = await current();
    const etag = `"${version}"`;
    if (headers['if-none-match'] === etag) response.writeHead(304, { ...COMMON, etag }).end();
    else {
      response.writeHead(200, { ...COMMON, 'content-type': 'text/html; charset=utf-8', etag });
      response.end(method === 'HEAD' ? undefined : text);
    }
  } catch (error) {
    answer(response, 503, error instanceof WindlassFailure ? error.message : 'Something unexpected happened.');
  }
}

function answer(response: ServerResponse, status: number, text: string, more: Refusal['headers'] = {}): void {
  response.writeHead(status, { ...COMMON, 'content-type': 'text/plain; charset=utf-8', ...more });
  response.end(`${text}\n`);
}

/** Beside the policy in the page itself, which cannot say who may frame it. */
const COMMON = {
  'cache-control': 'no-store',
  'content-security-policy': "frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
