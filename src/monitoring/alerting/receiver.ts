import { createServer, type IncomingMessage, type Server } from 'node:http';
import { joinedWithin } from '../../bounded.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { jsonIn, readList, readText } from '../../domain/json-fields.ts';
import { LIMITS } from '../../domain/limits.ts';

/** The label by which a test alert is told from all others. */
export const TEST_LABEL = 'windlass_test';

export type AlertStatus = 'firing' | 'resolved';

/** Told of a test alert. */
type Heard = (status: AlertStatus) => void;

/**
 * Where Alertmanager's webhooks arrive while somebody waits for a test alert: one server for all steps of this process, which
 * listens for as long as anybody waits.
 */
export class Receiver {
  readonly #waiting = new Map<string, Heard>();
  readonly #host: string;
  readonly #port: number;
  #server: Promise<Server> | null = null;

  constructor(address: string) {
    const url = URL.canParse(`http://${address}`) ? new URL(`http://${address}`) : null;
    if (url?.host !== address || url.port === '')
      throw new WindlassFailure('ReferenceUnresolved', 'WINDLASS_ALERT_RECEIVER must be HOST:PORT.', {
        object: 'WINDLASS_ALERT_RECEIVER',
        next: 'Give the worker an address of its machine that Alertmanager reaches, such as 0.0.0.0:9095.',
      });
    this.#host = url.hostname.replace(/^\[|\]$/g, '');
    this.#port = Number(url.port);
  }

  /**
   * Listens until the given alert is no longer waited for.
   *
   * @returns what ends the waiting.
   * @throws WindlassFailure `TargetBusy` when another process of the machine listens there.
   */
  async await(id: string, heard: Heard): Promise<() => Promise<void>> {
    this.#waiting.set(id, heard);
    this.#server ??= this.#listen();
    try {
      await this.#server;
    } catch (error) {
      this.#server = null;
      this.#waiting.delete(id);
      throw error;
    }
    return async () => {
      this.#waiting.delete(id);
      if (this.#waiting.size > 0 || this.#server === null) return;
      const server = await this.#server;
      // Somebody may have come meanwhile.
      if (this.#waiting.size > 0) return;
      this.#server = null;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
  }

  #listen(): Promise<Server> {
    const server = createServer((request, response) => {
      void this.#take(request)
        .catch(() => 400)
        .then((status) => response.writeHead(status).end());
    });
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        reject(
          new WindlassFailure('TargetBusy', 'The address for test alerts cannot be listened on.', {
            object: `WINDLASS_ALERT_RECEIVER ${this.#host}:${this.#port}`,
            next: 'Nothing, where another worker of this machine waits for a test alert: it is tried again. Else free the port.',
            cause: error,
          }),
        );
      });
      server.listen({ host: this.#host, port: this.#port, exclusive: true }, () => {
        resolve(server);
      });
    });
  }

  /** @returns the status to answer with. */
  async #take(request: IncomingMessage): Promise<number> {
    if (request.method !== 'POST') return 405;
    const body = await joinedWithin(request as AsyncIterable<Buffer>, LIMITS.json, 'The notification', 'webhook');
    const alerts = readList(jsonIn(body.toString('utf8')), 'alerts');
    for (const alert of alerts) {
      const status = readText(alert, 'status');
      if (status !== 'firing' && status !== 'resolved') continue;
      this.#waiting.get(readText(alert, 'labels', TEST_LABEL) ?? '')?.(status);
    }
    return 200;
  }
}

const RECEIVERS = new Map<string, Receiver>();

/** The receiver of this process at an address. Throws WindlassFailure `ReferenceUnresolved` for one that is none. */
export function receiverAt(address: string): Receiver {
  const known = RECEIVERS.get(address) ?? new Receiver(address);
  RECEIVERS.set(address, known);
  return known;
}
