import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { whyNoAnswer } from '../unreachable.ts';
import { ProtocolError, ResponseReader, type Ended } from './response.ts';

/** Where requests go, and what is sent. Plain data: it crosses to another thread. */
export interface Wire {
  readonly host: string;
  readonly port: number;
  /** Null where there is no TLS. */
  readonly tls: { readonly ca: string | null } | null;
  readonly method: 'GET' | 'HEAD';
  /** A whole request, with all of its headers. */
  readonly request: string;
}

/** What became of a request; `fresh` is false where a server closed, unread, what it had thought idle. */
export type Outcome = Ended | { readonly failed: string; readonly fresh: boolean };

/** One connection that carries one request at a time. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #reader: ResponseReader;
  readonly #request: Buffer;
  readonly #onEnd: (outcome: Outcome) => void;
  readonly #onClose: () => void;
  #busy = false;
  #carried = 0;
  #began = false;
  #closed = false;

  /**
   * @param onEnd is told what became of the request that was sent last.
   * @param onClose is told when nothing can be sent any more.
   */
  constructor(
    { host, port, tls, method }: Wire,
    request: Buffer,
    onEnd: (outcome: Outcome) => void,
    onClose: () => void,
  ) {
    this.#reader = new ResponseReader(method);
    this.#request = request;
    this.#onEnd = onEnd;
    this.#onClose = onClose;
    const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    this.#socket =
      tls === null
        ? connectTcp({ host, port, noDelay: true })
        : connectTls({
            host,
            port,
            ALPNProtocols: ['http/1.1'],
            ...servername,
            ...(tls.ca === null ? {} : { ca: tls.ca }),
          });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    this.#socket.on('error', (error) => {
      this.#end({ failed: whyNoAnswer(error), fresh: this.#carried === 1 || this.#began });
      this.close();
    });
    this.#socket.on('close', () => {
      const ended = this.#reader.end();
      this.#end(ended ?? { failed: 'cut the connection', fresh: this.#carried === 1 || this.#began });
      this.close();
    });
  }

  send(): void {
    this.#busy = true;
    this.#began = false;
    this.#carried += 1;
    this.#socket.write(this.#request);
  }

  /** Gives a request up that is under way. */
  giveUp(why: string): void {
    this.#end({ failed: why, fresh: true });
    this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#onClose();
  }

  #take(chunk: Buffer): void {
    // Nobody asked for it.
    if (!this.#busy) {
      this.close();
      return;
    }
    this.#began = true;
    try {
      const ended = this.#reader.push(chunk);
      if (ended === null) return;
      if (!ended.reusable) this.close();
      this.#end(ended);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end({ failed: 'did not answer in HTTP/1.1', fresh: true });
      this.close();
    }
  }

  #end(outcome: Outcome): void {
    if (!this.#busy) return;
    this.#busy = false;
    this.#onEnd(outcome);
  }
}
