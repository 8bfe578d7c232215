import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { jsonText, type Json } from '../../domain/json.ts';
import { LOOPBACK } from '../ports.ts';
import { asked, bodyOf, type User } from './asked.ts';
import { REFUSED, Refusal } from './refusal.ts';
import { routeOf, routes, type Route } from './routes.ts';
import type { Pace } from './instances.ts';
import { Store, type Code } from './state.ts';

/** Base path of the API. */
const BASE = '/dolphinscheduler';
/** A header of every answer, by which clients know what they talk to. */
const SAYS_SO = { 'windlass-stand-in': 'DolphinScheduler 3.2.0' } as const;

export interface StandInOptions {
  /** Where its state is kept. */
  readonly directory: string;
  readonly port: number;
  /** Passwords by user; `admin` sees what belongs to others. */
  readonly users: Readonly<Record<string, string>>;
  readonly pace: Pace;
  readonly firstCode: Code;
}

/** A server that runs. */
export interface StandIn {
  readonly port: number;
  /** As when the real one's sessions run out: nobody is logged in any more. */
  loseSessions(): void;
  close(): Promise<void>;
}

/**
 * Answers as the API of DolphinScheduler 3.2.0 does, as far as Windlass asks it, and runs no task.
 *
 * @throws Error of `node:net` when the port cannot be listened on.
 */
export async function standIn({ directory, port, users, pace, firstCode }: StandInOptions): Promise<StandIn> {
  const store = new Store(directory, firstCode);
  const sessions = new Map<string, User>();
  const known = routes(pace);
  const server = createServer((request, response) => {
    void answer(request, response, { store, sessions, users, known });
  });
  await listening(server, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    loseSessions: () => {
      sessions.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Serving {
  readonly store: Store;
  readonly sessions: Map<string, User>;
  readonly users: StandInOptions['users'];
  readonly known: readonly Route[];
}

async function answer(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const send = (status: number, body: string): void => {
    response
      .writeHead(status, { ...SAYS_SO, ...(body === '' ? {} : { 'content-type': 'application/json' }) })
      .end(body);
  };
  const says = (code: number, msg: string, data: Json, status = 200): void => {
    send(status, jsonText({ code, msg, data, success: code === 0, failed: code !== 0 }));
  };
  try {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const body = await bodyOf(request);
    const path = url.pathname.startsWith(`${BASE}/`) ? url.pathname.slice(BASE.length) : '';
    const type = request.headers['content-type'] ?? '';
    if (path === '/actuator/health') {
      send(200, jsonText({ status: 'UP', components: { standIn: { status: 'UP', details: SAYS_SO } } }));
      return;
    }
    if (path === '/login' && request.method === 'POST') {
      const form = asked(url.searchParams, type, body, { user: { id: 0, userName: '' }, path: {} });
      says(0, 'login success', { securityConfigType: 'PASSWORD', sessionId: login(form, serving) });
      return;
    }
    const user = serving.sessions.get(String(request.headers['sessionid'] ?? ''));
    if (user === undefined) {
      send(401, '');
      return;
    }
    const found = routeOf(serving.known, request.method ?? 'GET', path);
    if (found === null) {
      send(404, '');
      return;
    }
    const data = found.route.handle(serving.store, asked(url.searchParams, type, body, { user, path: found.path }));
    // On disk before anybody is told of it.
    if (request.method !== 'GET') serving.store.keep();
    if (found.route.bare === true) send(200, jsonText(data));
    else says(0, 'success', data, found.route.status ?? 200);
  } catch (error) {
    if (error instanceof Refusal) says(error.code, error.message, null);
    else says(10000, 'Internal Server Error: {0}', null);
  }
}

function login(form: ReturnType<typeof asked>, { users, sessions }: Serving): string {
  const userName = form.text('userName');
  const names = Object.keys(users);
  if (!names.includes(userName) || users[userName] !== form.text('userPassword')) throw REFUSED.login();
  const session = randomUUID();
  sessions.set(session, { id: names.indexOf(userName) + 1, userName });
  return session;
}

async function listening(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: LOOPBACK, port }, resolve);
  });
}
