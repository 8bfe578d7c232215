import { Agent, request, type Dispatcher } from 'undici';
import { joinedWithin } from '../bounded.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { isTooDeep } from '../domain/json-depth.ts';
import { jsonIn } from '../domain/json-fields.ts';
import { amountOf, OverLimit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Json } from '../domain/json.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import type { Asking } from '../domain/reading.ts';
import type { Reference, Resolved } from '../domain/reference.ts';
import { basicAuth, basicAuthOf } from './credentials.ts';
import { serverUrl, type ServerConnection } from './server-url.ts';
import { whyNoAnswer } from './unreachable.ts';

/** How a GET is made, beside its path. */
export type RequestSettings = Pick<Resolved<Extract<ProbeSpec, { protocol: 'http' }>>, 'headers' | 'basicAuth' | 'ca'>;

/** What is done with an answer, or why there is none: the rest of a sentence. */
export type Answered<T> = { readonly got: T } | { readonly unknown: string };

/**
 * Sends a GET to a target, without following redirects, and lets `use` read its answer.
 *
 * @param path of the address, after that of the target's.
 * @param ms within which all of it must be over.
 * @throws WindlassFailure `ReferenceUnresolved`, `Unauthorised` of the references in `settings`; `asking.signal.reason`.
 */
export async function get<T>(
  connection: ServerConnection,
  { path, settings }: { readonly path: string; readonly settings: RequestSettings },
  { resolve, signal, ms }: Asking & { readonly ms: number },
  use: (response: Dispatcher.ResponseData) => Promise<T>,
): Promise<Answered<T>> {
  const headers = await headersOf(connection, settings, resolve);
  const ca = settings.ca === undefined ? undefined : await resolve(settings.ca);
  const agent = ca === undefined ? undefined : new Agent({ connect: { ca } });
  try {
    const response = await request(address(connection, path), {
      headers,
      reset: true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ms)]),
      ...(agent === undefined ? {} : { dispatcher: agent }),
    });
    return { got: await use(response) };
  } catch (error) {
    signal.throwIfAborted();
    return { unknown: whyNoAnswer(error) };
  } finally {
    await agent?.destroy();
  }
}

/**
 * A request as it goes over the wire, HTTP/1.1, without a body.
 *
 * @param keep whether the connection is to be kept open.
 * @throws WindlassFailure as `get` does of the references in `settings`.
 */
export async function requestHead(
  connection: ServerConnection,
  asked: {
    readonly method: string;
    readonly path: string;
    readonly settings: RequestSettings;
    readonly keep: boolean;
  },
  resolve: Asking['resolve'],
): Promise<string> {
  const url = address(connection, asked.path);
  const headers = Object.entries({
    host: url.host,
    connection: asked.keep ? 'keep-alive' : 'close',
    ...(await headersOf(connection, asked.settings, resolve)),
  });
  return [
    `${asked.method} ${url.pathname}${url.search} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n');
}

/** The address as it is shown: the host, and a path as it is declared. */
export function shownAddress(connection: ServerConnection, path: string): string {
  // The path and query that the reference gives may be a token (`https://hooks.example/T0/B0/XyZ`): `…` stands for them.
  const { protocol, host, pathname, search } = serverUrl(connection);
  const hidden = pathname.replace(/\/$/, '') !== '' || search !== '';
  return `${protocol}//${host}${hidden ? '/…' : ''}${path}`;
}

/**
 * The JSON of a body, or why there is none: the rest of a sentence.
 *
 * @throws the error of the connection, when it breaks before the end.
 */
export async function jsonOf({ body, statusCode }: Dispatcher.ResponseData): Promise<Answered<Json>> {
  const answered = `answered ${statusCode} with`;
  const text = await textOf(body as AsyncIterable<Buffer>);
  if (text === null) return { unknown: `${answered} more than ${amountOf(LIMITS.json)}` };
  if (isTooDeep(text)) return { unknown: `${answered} JSON that is nested deeper than ${amountOf(LIMITS.jsonDepth)}` };
  const json = jsonIn(text);
  return json === undefined ? { unknown: `answered ${statusCode} with a body that is not JSON` } : { got: json };
}

/** Null for more than is read. @throws what the body throws. */
async function textOf(body: AsyncIterable<Buffer>): Promise<string | null> {
  try {
    return (await joinedWithin(body, LIMITS.json, 'The answer', 'answer')).toString('utf8');
  } catch (error) {
    if (error instanceof OverLimit) return null;
    throw error;
  }
}

function address(connection: ServerConnection, path: string): URL {
  const base = serverUrl(connection);
  return new URL(`${base.protocol}//${base.host}${base.pathname.replace(/\/$/, '')}${path}`);
}

async function headersOf(
  connection: ServerConnection,
  { headers, basicAuth: login }: RequestSettings,
  resolve: Asking['resolve'],
): Promise<Record<string, string>> {
  const valueOf = (given: string | Reference) => (typeof given === 'string' ? given : resolve(given));
  const own = login && basicAuthOf(await valueOf(login.user), await resolve(login.password));
  const given = await Promise.all(
    Object.entries(headers).map(async ([name, value]) => [name.toLowerCase(), headerValue(name, await valueOf(value))]),
  );
  return {
    'user-agent': 'windlass',
    ...(own ?? basicAuth(serverUrl(connection))),
    ...(Object.fromEntries(given) as Record<string, string>),
  };
}

/** Header values are Latin-1 without control characters (RFC 9110); the client's own error would quote the value. */
function headerValue(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new WindlassFailure('ReferenceUnresolved', 'A reference gives what no HTTP header can carry.', {
    object: `header ${name}`,
    next: 'Let the reference give one line of Latin letters and digits.',
  });
}
