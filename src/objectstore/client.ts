import { LIMITS } from '../domain/limits.ts';
import { Client } from 'minio';
import { addressOfUrl, serverUrl } from '../domain/server-url.ts';
import { boundedTransport, type Bounds } from './transport.ts';

/** How an S3 server is reached: the resolved references of a target of kind `s3`. */
export interface S3Connection {
  /** `http://` or `https://` URL without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly pathStyle: boolean;
}

export interface S3ClientOptions extends Partial<Bounds> {
  /** Ends every request of the client at once. */
  readonly signal?: AbortSignal;
}

const BOUNDS: Bounds = { idleMs: LIMITS.s3Silence.most, wholeMs: LIMITS.s3Time.most };

/**
 * A minio client whose requests end in bounded time and are never sent twice: whoever calls decides about retries.
 *
 * @throws WindlassFailure `ReferenceUnresolved` when the endpoint is not the URL of a server.
 */
export function s3Client(connection: S3Connection, options: S3ClientOptions = {}): Client {
  const url = serverUrl(connection.endpoint);
  const secure = url.protocol === 'https:';
  const { signal, ...bounds } = options;
  return new Client({
    endPoint: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    useSSL: secure,
    region: connection.region,
    accessKey: connection.accessKey,
    secretKey: connection.secretKey,
    pathStyle: connection.pathStyle,
    retryOptions: { disableRetry: true },
    transport: boundedTransport(secure, { ...BOUNDS, ...bounds }, signal),
  });
}

/** `host:port` of an endpoint, as errors name it: never user, password, path or query. */
export function hostPort(endpoint: string): string {
  return addressOfUrl(serverUrl(endpoint));
}
