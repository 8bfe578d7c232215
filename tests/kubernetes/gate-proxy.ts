import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy before a server, which tests can shut: open connections are cut, new ones are turned away. */
export class GateProxy {
  turnedAway = 0;
  #open = true;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(host: string, port: number) {
    this.#server = createServer((inner) => {
      if (!this.#open) {
        this.turnedAway += 1;
        // Whoever is turned away may hang up first.
        inner.on('error', () => inner.destroy());
        inner.resetAndDestroy();
        return;
      }
      const outer = connect(port, host);
      for (const [from, to] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
  }

  static async open(host: string, port: number): Promise<GateProxy> {
    const proxy = new GateProxy(host, port);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  shut(): void {
    this.#open = false;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Forwards nothing more over the connections there are, and closes none: their ends hear nothing of it. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  admit(): void {
    this.#open = true;
  }

  async close(): Promise<void> {
    this.shut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
