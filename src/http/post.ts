import { request } from 'undici';
import { WindlassFailure } from '../domain/failure.ts';
import { LIMITS } from '../domain/limits.ts';
import { basicAuth } from './credentials.ts';
import { serverUrl } from './server-url.ts';
import { whyNoAnswer } from './unreachable.ts';

/**
 * Posts a JSON document, once; redirects are not followed. Neither address nor answer is in what it throws.
 *
 * @param object how the receiver is called in failures.
 * @throws WindlassFailure `TargetUnreachable` without an answer in time; `ServerError` for one that is not 2xx, retryable
 *   for 408, 429 and 5xx; `ReferenceUnresolved` when the address is no http URL.
 */
export async function postJson(
  url: string,
  document: unknown,
  object: string,
  withinMs: number = LIMITS.webhookTime.most,
): Promise<void> {
  const address = httpUrl(url, object);
  const status = await post(address, JSON.stringify(document), object, withinMs);
  if (status >= 200 && status < 300) return;
  const retryable = status === 408 || status === 429 || status >= 500;
  throw new WindlassFailure('ServerError', `The receiver answered ${status}.`, {
    object,
    next: retryable ? 'Nothing: it is tried again.' : 'Check the address that the reference gives.',
    retryable,
    facts: { status },
  });
}

async function post(address: URL, body: string, object: string, withinMs: number): Promise<number> {
  try {
    const { protocol, host, pathname, search } = address;
    const response = await request(`${protocol}//${host}${pathname}${search}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'windlass', ...basicAuth(address) },
      body,
      reset: true,
      signal: AbortSignal.timeout(withinMs),
    });
    await response.body.dump({ limit: LIMITS.webhookAnswer.most });
    return response.statusCode;
  } catch (error) {
    // The client's error may quote the address: only its kind is told.
    throw new WindlassFailure('TargetUnreachable', `The receiver ${whyNoAnswer(error)}.`, {
      object,
      next: 'Check the address that the reference gives, and that the worker may reach it.',
    });
  }
}

function httpUrl(url: string, object: string): URL {
  const parsed = serverUrl({ url });
  if (['http:', 'https:'].includes(parsed.protocol)) return parsed;
  throw new WindlassFailure('ReferenceUnresolved', 'The address of a webhook must be an http:// or https:// URL.', {
    object,
    next: 'Let the reference give such a URL.',
  });
}
