import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { WORKER_ARGUMENTS, workerEnvironment } from '../../src/worker-process.ts';

/** A worker process of a test: the built one, as users run it. */
export class TestWorker {
  readonly health: string;
  readonly metrics: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, health: string, metrics: string) {
    this.#process = process;
    this.health = health;
    this.metrics = metrics;
  }

  /** Starts a worker with these settings over those of the test, and waits until it polls. */
  static async start(settings: Readonly<Record<string, string>>, log: string): Promise<TestWorker> {
    const [healthPort, metricsPort] = [await freePort(), await freePort()];
    // It writes to its log by itself: what it said last is there when it is gone.
    const output = openSync(log, 'a');
    const child = spawn(process.execPath, WORKER_ARGUMENTS, {
      stdio: ['ignore', 'ignore', output],
      env: {
        ...workerEnvironment(process.env),
        NODE_OPTIONS: '',
        ...settings,
        WINDLASS_HEALTH_PORT: String(healthPort),
        WINDLASS_METRICS_PORT: String(metricsPort),
      },
    });
    closeSync(output);
    const base = 'http://127.0.0.1';
    const worker = new TestWorker(child, `${base}:${healthPort}`, `${base}:${metricsPort}/metrics`);
    await worker.#untilReady(log);
    return worker;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  /** Ends the process and waits until it is gone. */
  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill(signal);
    await gone;
  }

  async #untilReady(log: string): Promise<void> {
    for (;;) {
      if (!this.running) throw new Error(`the worker ended while it started; see ${log}`);
      const ready = await fetch(`${this.health}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
