import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { joinedWithin } from '../../bounded.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Limit } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { Access } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { AdaptiveLimit, type Outcome } from './limit.ts';
import { Pools } from './pools.ts';
import { refusal, type Asked } from './refusals.ts';
import { statusOf } from './status.ts';
import { isReset, unreachable } from './unreachable.ts';

export interface Call {
  readonly method: 'GET' | 'PATCH' | 'DELETE' | 'POST';
  /** Path and query below the server's base path, from its slash. */
  readonly path: string;
  readonly asked: Omit<Asked, 'address'>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How much of the answer is read; what API servers answer when absent. */
  readonly limit?: Limit;
  readonly signal?: AbortSignal | undefined;
}

export interface ClientOptions {
  /** How long a request is tried again while the server refuses it for being too busy, in ms; 2 minutes by default. */
  readonly giveWayMs?: number;
  /**
   * How long the server is asked to keep a watch open, in whole seconds; 30 by default. It then ends, and is resumed where
   * it was. One that says nothing for a third longer, not even that it is over, has nobody at its other end any more: with
   * 30 s that is noticed within 41 s. TCP keep-alive is faster, but a proxy in between answers it for a server that is gone.
   */
  readonly watchSeconds?: number;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** By which the server knows what it answered. */
  readonly etag?: string | undefined;
}

/** When the server does not say. */
const PAUSE_MS = 1_000;

interface Reply<Body> {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly etag: string | undefined;
  /** Those that it was asked with. */
  readonly credentials: Credentials;
  readonly body: Body;
}

/** HTTP to one API server: connections, credentials, giving way to a busy server, and failures in our own words. */
export class Transport {
  readonly #access: Access;
  readonly #options: Required<ClientOptions>;
  readonly #limit = new AdaptiveLimit();
  #pools: Pools | undefined;

  constructor(access: Access, options: ClientOptions = {}) {
    this.#access = access;
    this.#options = { giveWayMs: 120_000, watchSeconds: 30, ...options };
  }

  get address(): string {
    return this.#access.address;
  }

  /** How long the server is to keep a watch open, in seconds. */
  get watchSeconds(): number {
    return this.#options.watchSeconds;
  }

  /**
   * Asks and reads the whole answer, as soon as the server is thought to take one more request.
   *
   * @returns the answer when its status is 2xx or one of `expected`.
   * @throws WindlassFailure otherwise, and `LimitExceeded` for more than is read.
   */
  async ask(call: Call, expected: readonly number[] = []): Promise<Answer> {
    const reply = await this.#persist(call, async (refused) => {
      const leave = await this.#limit.enter(call.signal);
      const began = performance.now();
      let outcome: Outcome = 'lost';
      try {
        const answer = await this.#send('requests', call, refused, (response) => this.#textOf(response, call));
        outcome = answer.status === 429 ? 'refused' : 'answered';
        return answer;
      } finally {
        leave(outcome, performance.now() - began);
      }
    });
    if (reply.status < 300 || expected.includes(reply.status)) return reply;
    throw this.#refused(reply, call);
  }

  /** Asks and gives the body as it comes in. @throws WindlassFailure as `ask` does. */
  async stream(call: Call): Promise<AsyncIterable<Buffer>> {
    const reply = await this.#persist<string | AsyncIterable<Buffer>>(call, (refused) =>
      this.#send<string | AsyncIterable<Buffer>>('streams', call, refused, async (response) =>
        response.statusCode < 300 ? response.body : this.#textOf(response, call),
      ),
    );
    if (typeof reply.body === 'string') throw this.#refused({ status: reply.status, body: reply.body }, call);
    return reply.body;
  }

  /** The failure of a connection that broke while its body was read. */
  broken(error: unknown, call: Call): Error {
    return unreachable(error, { ...call.asked, address: this.address });
  }

  async close(): Promise<void> {
    await this.#pools?.destroy();
  }

  async #textOf({ body }: Dispatcher.ResponseData, { asked, limit = LIMITS.clusterAnswer }: Call): Promise<string> {
    const what = `The answer of the API server at ${this.address}`;
    return (await joinedWithin(body as AsyncIterable<Buffer>, limit, what, asked.object)).toString('utf8');
  }

  #refused(answer: Answer, call: Call): Error {
    return refusal(statusOf(answer.status, answer.body), { ...call.asked, address: this.address });
  }

  /** Sends until there is an answer to keep: with other credentials, over another connection, or later. */
  async #persist<Body>(
    call: Call,
    send: (refused: Credentials | undefined) => Promise<Reply<Body>>,
  ): Promise<Reply<Body>> {
    let refused: Credentials | undefined;
    let resent = false;
    let until: number | undefined;
    for (;;) {
      call.signal?.throwIfAborted();
      try {
        const reply = await send(refused);
        if (reply.status === 401 && refused === undefined) {
          refused = reply.credentials;
          continue;
        }
        const pause = pauseMs(reply);
        if (pause === null) return reply;
        until ??= Date.now() + this.#options.giveWayMs;
        if (Date.now() + pause > until) return reply;
        await sleep(pause, undefined, call.signal === undefined ? {} : { signal: call.signal });
      } catch (error) {
        call.signal?.throwIfAborted();
        if (error instanceof WindlassFailure) throw error;
        // Every request here may be sent twice: reads, applies, deletes of one uid; a create that went through says so.
        if (resent || !isReset(error)) throw unreachable(error, { ...call.asked, address: this.address });
        resent = true;
      }
    }
  }

  async #send<Body>(
    kind: 'requests' | 'streams',
    call: Call,
    refused: Credentials | undefined,
    read: (response: Dispatcher.ResponseData) => Promise<Body>,
  ): Promise<Reply<Body>> {
    const credentials = await this.#access.credentials(refused);
    const response = await this.#poolsOf(credentials)[kind].request({
      method: call.method,
      path: `${this.#access.basePath}${call.path}`,
      headers: { accept: 'application/json', 'user-agent': 'windlass', ...credentials.headers, ...call.headers },
      ...(call.body === undefined ? {} : { body: call.body }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    const { statusCode: status, headers } = response;
    const { 'retry-after': retryAfter, etag } = headers;
    return { status, credentials, retryAfter: first(retryAfter), etag: first(etag), body: await read(response) };
  }

  /** Other certificates need other connections; those of before end when what they carry has ended. */
  #poolsOf({ tls }: Credentials): Pools {
    if (this.#pools?.tls === tls) return this.#pools;
    void this.#pools?.retire();
    return (this.#pools = new Pools(this.#access.origin, tls, (this.watchSeconds * 4_000) / 3));
  }
}

/** How long to give way before asking again, in ms; null for an answer to keep. */
function pauseMs({ status, retryAfter }: Reply<unknown>): number | null {
  // A server that comes up or shuts down says 503; without a time to come back it is an answer like others.
  if (status !== 429 && (status !== 503 || retryAfter === undefined)) return null;
  const seconds = Number(retryAfter);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : PAUSE_MS;
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** https://kubernetes.io/docs/reference/using-api/health-checks/ */
const READY = '/readyz';

/**
 * Asks the API server whether it is ready; whoever may not ask takes it for that.
 *
 * @throws WindlassFailure `TargetUnreachable` while it is not; what asking throws.
 */
export async function assertReady(transport: Transport, signal: AbortSignal | undefined): Promise<void> {
  const asked = { verb: 'read', object: READY, secret: false } as const;
  const { status } = await transport.ask({ method: 'GET', path: READY, asked, signal }, [401, 403, 404, 500, 503]);
  if (status < 500) return;
  throw new WindlassFailure(
    'TargetUnreachable',
    `The API server at ${transport.address} has begun, but is not ready yet.`,
    {
      object: READY,
      next: 'Nothing, when it has just been started: it is asked again. Otherwise look what `kubectl get --raw /readyz?verbose` says.',
    },
  );
}
