import type { IncomingHttpHeaders } from 'node:http';
import type { Client } from 'minio';
import { joinedWithin } from '../bounded.ts';
import type { Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';

/** One request of the S3 API that the minio client has no method for, or none that can be trusted. */
export interface S3Request {
  readonly method: 'HEAD' | 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly bucket: string;
  readonly key?: string;
  /** As it stands in the address: its values escaped. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
  /** Statuses that are no refusal. */
  readonly accept?: readonly number[];
  /** How much of the answer is read; what no object's content comes to when absent. */
  readonly limit?: Limit;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends a request, signed, and reads the whole answer. Rejects as the methods of the client do, for `ask` to explain, and with
 * `LimitExceeded`, which ends the connection.
 */
export async function exchange(client: Client, request: S3Request): Promise<S3Answer> {
  const {
    method,
    bucket,
    key,
    query,
    headers = {},
    payload = '',
    accept = [200, 204],
    limit = LIMITS.s3Answer,
  } = request;
  const answer = await client.makeRequestAsync(
    {
      method,
      bucketName: bucket,
      ...(key === undefined ? {} : { objectName: key }),
      ...(query === undefined ? {} : { query }),
      headers: { ...headers },
    },
    // As bytes: the client takes the characters of a text for its length.
    typeof payload === 'string' ? Buffer.from(payload) : payload,
    [...accept],
  );
  const body = await joinedWithin(
    answer as AsyncIterable<Buffer>,
    limit,
    'The answer',
    key === undefined ? `bucket ${bucket}` : `object ${bucket}/${key}`,
  );
  return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}

/** A header that must be there once; null when it is not. */
export function headerOf({ headers }: S3Answer, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
