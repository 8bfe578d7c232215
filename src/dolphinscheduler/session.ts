import { Agent, request, type Dispatcher } from 'undici';
import { joinedWithin } from '../bounded.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { isTooDeep } from '../domain/json-depth.ts';
import { isObject, jsonIn, read, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import { LIMITS } from '../domain/limits.ts';
import { addressOf, serverUrl, type ServerConnection } from '../http/server-url.ts';
import { whyNoAnswer } from '../http/unreachable.ts';
import { refusalFailure, type Request } from './refusals.ts';

/** Who logs in; never shown. */
export interface Login {
  readonly user: string;
  readonly password: string;
  /** PEM. */
  readonly ca?: string;
}

/** How long one request may take, in milliseconds. */
const WITHIN_MS = 30_000;
/** By which the lab's stand-in says what it is. */
const STAND_IN = 'windlass-stand-in';

export type Fields = Readonly<Record<string, string | number | bigint>>;

interface Answer {
  readonly status: number;
  readonly body: Json;
}

/**
 * A session at DolphinScheduler's API. It logs in when it is first needed, and once more where a session is lost. What is
 * asked of it rejects with `signal.reason` when the signal aborts, else with a `WindlassFailure`.
 */
export class Session {
  readonly user: string;
  readonly server: string;
  readonly #base: string;
  readonly #login: Login;
  readonly #signal: AbortSignal;
  readonly #agent: Agent | undefined;
  #session: string | null = null;
  #standIn = false;

  /** @throws WindlassFailure `ReferenceUnresolved` when the address is no URL of a server. */
  constructor(connection: ServerConnection, login: Login, signal: AbortSignal) {
    const { protocol, host, pathname } = serverUrl(connection);
    this.server = addressOf(connection);
    this.user = login.user;
    this.#base = `${protocol}//${host}${pathname.replace(/\/$/, '')}`;
    this.#login = login;
    this.#signal = signal;
    this.#agent = login.ca === undefined ? undefined : new Agent({ connect: { ca: login.ca } });
  }

  /** Whether what answers says that it only stands in; known after the first answer. */
  get isStandIn(): boolean {
    return this.#standIn;
  }

  /** Texts that must never be shown. */
  get secrets(): readonly string[] {
    return [this.#login.password, ...(this.#session === null ? [] : [this.#session])];
  }

  async get(path: string, query: Fields, doing: string, object: string): Promise<Json> {
    return this.#ask('GET', `${path}${queryOf(query)}`, null, { server: this.server, doing, object });
  }

  async post(path: string, fields: Fields, doing: string, object: string): Promise<Json> {
    return this.#ask('POST', path, formOf(fields), { server: this.server, doing, object });
  }

  async put(path: string, fields: Fields, doing: string, object: string): Promise<Json> {
    return this.#ask('PUT', path, formOf(fields), { server: this.server, doing, object });
  }

  async close(): Promise<void> {
    await this.#agent?.destroy();
  }

  /** The data of an answer that says yes. */
  async #ask(method: Dispatcher.HttpMethod, path: string, body: string | null, asking: Request): Promise<Json> {
    for (let logins = 0; ; logins += 1) {
      this.#session ??= await this.#logIn();
      const answer = await this.#send(method, path, body, asking);
      if (answer.status !== 401) return dataOf(answer, asking);
      this.#session = null;
      if (logins > 0) throw sessionLost(asking);
    }
  }

  async #logIn(): Promise<string> {
    const { user, password } = this.#login;
    const asking = { server: this.server, doing: 'logging in', object: `user ${user}` };
    const answer = await this.#send('POST', '/login', formOf({ userName: user, userPassword: password }), asking);
    if (answer.status === 401) throw refusalFailure(10013, asking);
    const session = readText(dataOf(answer, asking), 'sessionId');
    if (session === undefined) throw notTheApi(answer.status, asking);
    return session;
  }

  async #send(method: Dispatcher.HttpMethod, path: string, body: string | null, asking: Request): Promise<Answer> {
    try {
      const response = await request(`${this.#base}${path}`, {
        method,
        headers: {
          'user-agent': 'windlass',
          ...(this.#session === null ? {} : { sessionId: this.#session }),
          ...(body === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(body === null ? {} : { body }),
        reset: true,
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(WITHIN_MS)]),
        ...(this.#agent === undefined ? {} : { dispatcher: this.#agent }),
      });
      this.#standIn ||= response.headers[STAND_IN] !== undefined;
      const { statusCode: status, body: chunks } = response;
      const bytes = await joinedWithin(chunks, LIMITS.schedulerAnswer, 'The answer', asking.object);
      const text = bytes.toString('utf8');
      return { status, body: (isTooDeep(text) ? undefined : jsonIn(text)) ?? null };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof WindlassFailure) throw error;
      throw new WindlassFailure(
        'TargetUnreachable',
        `DolphinScheduler at ${this.server} ${whyNoAnswer(error)} (${asking.doing}).`,
        {
          object: asking.object,
          next: 'See that its API server runs and can be reached from here.',
          facts: { server: this.server },
          cause: error,
        },
      );
    }
  }
}

function queryOf(fields: Fields): string {
  const query = formOf(fields);
  return query === '' ? '' : `?${query}`;
}

function formOf(fields: Fields): string {
  const texts = Object.entries(fields).map(([key, value]): [string, string] => [key, String(value)]);
  return new URLSearchParams(texts).toString();
}

function dataOf({ status, body }: Answer, asking: Request): Json {
  const code = read(body, 'code');
  if (!isObject(body) || typeof code !== 'number') throw notTheApi(status, asking);
  if (code !== 0) throw refusalFailure(code, asking);
  return read(body, 'data') ?? null;
}

/** An answer that DolphinScheduler's API never gives. */
function notTheApi(status: number, { server, doing, object }: Request): WindlassFailure {
  const passes = status === 429 || status >= 500;
  return new WindlassFailure(
    status === 429 ? 'Throttled' : 'ServerError',
    `What answers at ${server} answered HTTP status ${String(status)} without what DolphinScheduler's API says (${doing}).`,
    {
      object,
      next: passes
        ? 'Nothing if it passes; else look at the log of its API server, and of what stands before it.'
        : 'Let the address of the target be the base of the API, as in https://scheduler.example.com/dolphinscheduler.',
      retryable: passes,
      facts: { server, status },
    },
  );
}

function sessionLost({ server, doing, object }: Request): WindlassFailure {
  return new WindlassFailure(
    'AccessDenied',
    `DolphinScheduler at ${server} lost a session that was just made (${doing}).`,
    {
      object,
      next: 'See whether several API servers answer at this address without sharing their sessions.',
      facts: { server },
    },
  );
}
