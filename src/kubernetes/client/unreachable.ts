import { WindlassFailure } from '../../domain/failure.ts';
import type { Asked } from './refusals.ts';

/** Connections end like this when the server goes away between two requests; the request may be sent once more. */
const RESET = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  ENOTFOUND: 'has a name that does not resolve',
  EAI_AGAIN: 'has a name that does not resolve now',
  EHOSTUNREACH: 'cannot be routed to',
  ENETUNREACH: 'cannot be routed to',
  ETIMEDOUT: 'does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'did not answer the request in time',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of an answer',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection',
};

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses of one name were tried: each has an error of its own.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return '';
}

export function isReset(error: unknown): boolean {
  return RESET.has(codeOf(error));
}

/** The failure of a request that got no answer. Certificates do not heal by themselves; the rest may. */
export function unreachable(error: unknown, asked: Asked): WindlassFailure {
  const code = codeOf(error);
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO|^ERR_(TLS|SSL)/.test(code);
  const words = certificate ? 'has a certificate that is not trusted' : (WORDS[code] ?? 'cannot be reached');
  return new WindlassFailure('TargetUnreachable', `The API server at ${asked.address} ${words}.`, {
    object: asked.object,
    next: certificate
      ? 'Check the certificate authority and the server name in the kubeconfig.'
      : 'Check that the API server runs and can be reached from here.',
    facts: { verb: asked.verb, address: asked.address, code },
    ...(certificate ? { retryable: false } : {}),
    cause: error,
  });
}
