import { DatabaseError } from 'pg';
import { WindlassFailure } from '../domain/failure.ts';
import { meaningOf } from './sqlstates.ts';

/** What was being worked on, for the words of a failure. */
export interface Place {
  /** `host:port`. */
  readonly server: string;
  /** What the failure is about: `database lakefs`. */
  readonly object: string;
  /** A closer place, from what the server said: `migrations/V1__init.sql:3:5`. */
  readonly locate?: (error: DatabaseError) => string | undefined;
}

/**
 * What an error of the client library means. The error itself is kept as the cause, for the worker's log alone: details
 * and context of a server's answer quote rows, and an address is a secret.
 */
export function sqlFailure(error: unknown, place: Place): WindlassFailure {
  if (error instanceof WindlassFailure) return error;
  if (error instanceof DatabaseError) return serverSaid(error, place);
  return connectionFailed(error, place);
}

/** The SQLSTATE behind a failure; null when the server did not say one. */
export function sqlstateOf(error: unknown): string | null {
  if (!(error instanceof WindlassFailure)) return null;
  const code = error.options.facts?.sqlstate;
  return typeof code === 'string' ? code : null;
}

function serverSaid(error: DatabaseError, place: Place): WindlassFailure {
  const sqlstate = error.code ?? 'XX000';
  const { type, next } = meaningOf(sqlstate);
  return new WindlassFailure(
    type,
    `PostgreSQL at ${place.server}: ${textOf(error, sqlstate)} (SQLSTATE ${sqlstate}).`,
    {
      object: place.locate?.(error) ?? place.object,
      next,
      facts: { server: place.server, sqlstate },
      cause: error,
    },
  );
}

/** Data exceptions quote values of rows and parameters, which are left out; 22023 quotes settings and role names. */
function textOf(error: DatabaseError, sqlstate: string): string {
  const quotesData = sqlstate.startsWith('22') && sqlstate !== '22023';
  return quotesData ? error.message.replace(/"[^]*"/, '(value not shown)') : error.message;
}

const NO_TLS = /SSL|certificate|CERT/i;

function connectionFailed(error: unknown, place: Place): WindlassFailure {
  const { server, object } = place;
  const { name, message: text } = wordsOf(error);
  const code = codeOf(error);
  if (text.includes('SASL')) {
    return new WindlassFailure('AccessDenied', `The password exchange with PostgreSQL at ${server} failed.`, {
      object,
      next: 'Put user and password into the URL that the reference of the target gives.',
      facts: { server },
      cause: error,
    });
  }
  if (name === 'TypeError' || name === 'RangeError') {
    return new WindlassFailure('Internal', `Talking to PostgreSQL at ${server} failed.`, {
      object,
      next: "Look at the worker's log for the error.",
      facts: { server },
      cause: error,
    });
  }
  const tls = NO_TLS.test(text) || NO_TLS.test(code);
  const why = tls
    ? 'no secure connection could be made'
    : (REASONS[code] ?? (text === 'timeout expired' ? 'it does not answer' : 'the connection was lost'));
  return new WindlassFailure('TargetUnreachable', `No PostgreSQL at ${server}: ${why}.`, {
    object,
    next: tls
      ? 'Look at sslmode in the URL of the target and at the certificate of the server.'
      : 'See that the server runs and that this machine reaches it; the step tries again by itself.',
    ...(tls ? { retryable: false } : {}),
    facts: { server, ...(code === '' ? {} : { code }) },
    cause: error,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the name service does not answer',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the host',
};

function wordsOf(error: unknown): { readonly name: string; readonly message: string } {
  const words = typeof error === 'object' && error !== null ? (error as Partial<Error>) : {};
  return { name: words.name ?? '', message: words.message ?? '' };
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : '';
}
