import { WindlassFailure, type FailureType } from '../domain/failure.ts';

interface Reason {
  readonly type: FailureType;
  readonly message: string;
  readonly next: string;
}

/** The S3 error code of a client's error, when the server gave one. */
export function s3Code(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Says what an S3 error means for a store. The server's text stays in the cause, since it may repeat headers. */
export function s3Failure(error: unknown, place: string, key: string): WindlassFailure {
  if (error instanceof WindlassFailure) return error;
  const code = s3Code(error);
  const { type, message, next } = reasonOf(code, statusOf(error));
  return new WindlassFailure(type, `The store in ${place} ${message}.`, {
    object: key,
    next,
    facts: { ...(code === undefined ? {} : { code }) },
    cause: error,
  });
}

function reasonOf(code: string | undefined, status: number | undefined): Reason {
  switch (code) {
    case 'NoSuchBucket':
      return { type: 'NotFound', message: 'has no such bucket', next: 'Make the bucket, or correct the store URL.' };
    case 'AccessDenied':
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
      return {
        type: 'AccessDenied',
        message: `refused the credentials (${code})`,
        next: 'Check the access key and its rights: GetObject, PutObject and ListBucket.',
      };
    default:
      return statusReason(code, status);
  }
}

function statusReason(code: string | undefined, status: number | undefined): Reason {
  if (code === 'SlowDown' || status === 429)
    return { type: 'Throttled', message: 'asks for fewer requests', next: 'It is tried again.' };
  if (status !== undefined || (code !== undefined && /^[A-Z][a-z]/.test(code)))
    return { type: 'ServerError', message: `answered with ${code ?? `status ${status ?? ''}`}`, next: 'See its log.' };
  return {
    type: 'TargetUnreachable',
    message: `did not answer${code === undefined ? '' : ` (${code})`}`,
    next: 'Check that the server is up and that its address is right.',
  };
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}
