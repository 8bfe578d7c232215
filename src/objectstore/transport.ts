import http from 'node:http';
import https from 'node:https';

/** How long one S3 request may take, in milliseconds. */
export interface Bounds {
  /** Without a byte in either direction, connecting included. */
  readonly idleMs: number;
  /** From the first to the last byte of the exchange. */
  readonly wholeMs: number;
}

/** An answer whose status alone says that the server could not do its work now; its body is not read. */
export class BusyStatus extends Error {
  override readonly name = 'BusyStatus';
  readonly status: number;

  constructor(status: number) {
    super(`HTTP status ${String(status)}`);
    this.status = status;
  }
}

/** The server took longer than the bounds allow. */
export class NoAnswerInTime extends Error {
  override readonly name = 'NoAnswerInTime';
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`no answer within ${String(afterMs)} ms`);
    this.afterMs = afterMs;
  }
}

/** Statuses that the minio client would turn into an error without a code. */
const BUSY: ReadonlySet<number> = new Set([408, 429, 499, 500, 502, 503, 504, 520]);

/**
 * Stands in for `http` or `https` in the minio client, which knows neither deadlines nor cancellation: every exchange
 * ends within its bounds, and at once when `signal` aborts, with its socket destroyed and the true reason as the error.
 */
export function boundedTransport(secure: boolean, bounds: Bounds, signal?: AbortSignal): Pick<typeof http, 'request'> {
  const send = secure ? https.request : http.request;
  const request = (options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void) => {
    let response: http.IncomingMessage | undefined;
    const exchange = send(options, (received) => {
      response = received;
      const status = received.statusCode ?? 0;
      if (!BUSY.has(status)) {
        onResponse(received);
        return;
      }
      received.destroy();
      exchange.emit('error', new BusyStatus(status));
    });
    const end = (reason: Error): void => {
      response?.destroy(reason);
      exchange.destroy(reason);
    };
    const abort = (): void => {
      end(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const timer = setTimeout(() => {
      end(new NoAnswerInTime(bounds.wholeMs));
    }, bounds.wholeMs);
    exchange.setTimeout(bounds.idleMs, () => {
      end(new NoAnswerInTime(bounds.idleMs));
    });
    signal?.addEventListener('abort', abort, { once: true });
    exchange.once('close', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    });
    if (signal?.aborted === true) abort();
    return exchange;
  };
  return { request } as Pick<typeof http, 'request'>;
}
