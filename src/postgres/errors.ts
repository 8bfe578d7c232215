import { DatabaseError } from 'pg';
import { WindlassFailure } from '../domain/failure.ts';
import { isNamedIn, plainWords } from './said.ts';
import { conditionOf, meaningOf } from './sqlstates.ts';

/** What was being worked on, for the words of a failure. */
export interface Place {
  /** `host:port`. */
  readonly server: string;
  /** What the failure is about: `database lakefs`. */
  readonly object: string;
  /** A closer place, from what the server said: `migrations/V1__init.sql:3:5`. */
  readonly locate?: (error: DatabaseError) => string | undefined;
  /** What was sent to the server: names that stand in it may be repeated. */
  readonly statement?: string;
}

/**
 * What an error of the client library means. The error itself is kept as the cause, for the worker's log alone: message,
 * details and context of a server's answer quote rows, whatever its SQLSTATE, and an address is a secret. What is told is
 * made from the SQLSTATE, the names of things and positions (docs/decisions/0021).
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
  const sqlstate = SQLSTATE.test(error.code ?? '') ? (error.code ?? '') : 'XX000';
  const { type, next } = meaningOf(sqlstate);
  const named = namesIn(error, place.statement);
  const words = plainWords(error.message, place.statement);
  const said = words ?? [conditionOf(sqlstate), ...whereIn(named), ...lineIn(error)].join(' ');
  return new WindlassFailure(type, `PostgreSQL at ${place.server}: ${said} (SQLSTATE ${sqlstate}).`, {
    object: place.locate?.(error) ?? place.object,
    next: words === null ? `${next} ${OWN_WORDS}` : next,
    facts: { server: place.server, sqlstate, ...named },
    cause: error,
  });
}

const SQLSTATE = /^[0-9A-Z]{5}$/;
const OWN_WORDS = "The server's own words may hold data: they are in its log, and in that of the worker alone.";

/** The fields of an error that name a thing. */
const FIELDS = ['schema', 'table', 'column', 'dataType', 'constraint'] as const;
type Named = { readonly [Field in (typeof FIELDS)[number]]?: string };

/**
 * Routines of the server that fill those fields with names of the catalog. Code in the database can fill them with
 * anything (`RAISE ... USING CONSTRAINT = ...`), but then the routine is one of its language.
 */
const OWN_ROUTINES =
  /^(_bt_check_unique|ri_ReportViolation|ExecConstraints|ReportNotNullViolationError|check_exclusion_or_unique_constraint|ATRewriteTable|comparetup_index_btree\w*|validateDomain\w+|ExecEvalConstraint\w+|domain_check_\w+|ExecPartitionCheckEmitError)$/;

function namesIn(error: DatabaseError, statement: string | undefined): Named {
  const own = OWN_ROUTINES.test(error.routine ?? '');
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const name = error[field];
      const known = name !== undefined && (own || (statement !== undefined && isNamedIn(name, statement)));
      return known ? [[field, name]] : [];
    }),
  );
}

function whereIn({ schema, table, column, dataType, constraint }: Named): readonly string[] {
  return [
    ...(column === undefined ? [] : [`in column ${column}`]),
    ...(table === undefined ? [] : [`of table ${schema === undefined ? '' : `${schema}.`}${table}`]),
    ...(dataType === undefined ? [] : [`of type ${dataType}`]),
    ...(constraint === undefined ? [] : [`by constraint ${constraint}`]),
  ];
}

/** Which line of the code or rows that the statement brought or called: a number, and nothing else of the context. */
function lineIn({ where = '' }: DatabaseError): readonly string[] {
  const code = /^PL\/\w{1,20} function [^\n]* line (\d{1,9}) at /.exec(where)?.[1];
  if (code !== undefined) return [`at line ${code} of the code that it calls`];
  const row = /^COPY [^\n,]*, line (\d{1,9})/.exec(where)?.[1];
  return row === undefined ? [] : [`at row ${row} of its rows`];
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
