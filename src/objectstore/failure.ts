import { S3Error } from 'minio';
import { WindlassFailure } from '../domain/failure.ts';
import { REFUSALS } from './refusals.ts';
import { BusyStatus, NoAnswerInTime } from './transport.ts';
import { unreachable } from './unreachable.ts';

/** What was being asked of which server, for the words of a failure. */
export interface Request {
  /** `host:port`. */
  readonly server: string;
  readonly bucket: string;
  /** What was asked: `making the bucket`. */
  readonly doing: string;
}

/**
 * What an error of the minio client means. The error itself is kept as the cause, for the worker's log alone: its text
 * may quote the server's answer.
 */
export function s3Failure(error: unknown, request: Request): WindlassFailure {
  if (error instanceof WindlassFailure) return error;
  if (error instanceof BusyStatus) return busyServer(error, request);
  const code = codeOf(error);
  // The client knows some of the rules for names itself, such as that one must not look like an IP address.
  if (error instanceof Error && error.name === 'InvalidBucketNameError') {
    return refusal('InvalidBucketName', error, request);
  }
  if (error instanceof S3Error) return refusal(code, error, request);
  return noAnswer(error instanceof NoAnswerInTime ? 'ETIMEDOUT' : code, error, request);
}

function refusal(code: string, cause: Error, request: Request): WindlassFailure {
  const { server, bucket, doing } = request;
  const object = `bucket ${bucket}`;
  if (code === '') {
    return new WindlassFailure('TargetUnreachable', `What answers at ${server} is not an S3 server (${doing}).`, {
      object,
      next: 'Look at the reference that gives the endpoint of the target: the S3 API may be on another port.',
      retryable: false,
      facts: { server },
      cause,
    });
  }
  const known = REFUSALS[code];
  const says = known?.says ?? `answered ${code}`;
  return new WindlassFailure(known?.type ?? 'ServerError', `The object store at ${server} ${says} (${doing}).`, {
    object,
    next: known?.next ?? `Look up ${code} in the documentation and the log of the object store.`,
    facts: { server, code },
    cause,
  });
}

function busyServer(cause: BusyStatus, request: Request): WindlassFailure {
  const { server, bucket, doing } = request;
  const throttled = cause.status === 429 || cause.status === 503;
  return new WindlassFailure(
    throttled ? 'Throttled' : 'ServerError',
    `The object store at ${server} answered HTTP status ${String(cause.status)} (${doing}).`,
    {
      object: `bucket ${bucket}`,
      next: 'Nothing to do if it passes; else look at the load and the log of the object store.',
      facts: { server, status: cause.status },
      cause,
    },
  );
}

function noAnswer(code: string, cause: unknown, request: Request): WindlassFailure {
  const { server, bucket, doing } = request;
  const known = unreachable(code);
  if (known === null) {
    return new WindlassFailure('Internal', `Talking to the object store at ${server} failed (${doing}).`, {
      object: `bucket ${bucket}`,
      next: "Look at the worker's log for the error.",
      facts: { server, code },
      cause,
    });
  }
  return new WindlassFailure('TargetUnreachable', `No object store at ${server}: ${known.why} (${doing}).`, {
    object: `bucket ${bucket}`,
    next: known.next,
    retryable: known.retryable,
    facts: { server, code },
    cause,
  });
}

/** The code of an error if it looks like one: what a server sends is not passed on unseen. */
function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && /^[A-Za-z0-9_]{1,64}$/.test(code) ? code : '';
}

/** The S3 error code or transport code behind a failure; null when there is none. */
export function codeBehind(error: unknown): string | null {
  if (!(error instanceof WindlassFailure)) return null;
  const code = error.options.facts?.code;
  return typeof code === 'string' ? code : null;
}
