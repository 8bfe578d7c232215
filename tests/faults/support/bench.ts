import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readConfig } from '../../../src/config.ts';
import { WindlassClient, type RolloutRef, type RolloutResult } from '../../../src/client.ts';
import {
  killServer,
  labDirectory,
  labDown,
  labReset,
  labUp,
  startServer,
  type ServerName,
} from '../../../src/lab/index.ts';
import { openRecord } from '../../../src/record/record.ts';
import { buildReport, renderMarkdown } from '../../../src/report/index.ts';
import { openStore } from '../../../src/store/open.ts';
import { until } from '../../support/poll.ts';
import { TestWorker } from '../../support/worker.ts';
import { finalState, type FinalState } from './final-state.ts';

/** How long a rollout may take to get over a fault before a test says where it hangs. Milliseconds. */
const PATIENCE_MS = 540_000;
const LOOK_MS = 1_000;
const FIXTURES = fileURLToPath(new URL('../../fixtures/rollouts', import.meta.url));

/** A lab, a worker and a client of their own, to be hurt: nobody else's tests may run on them. */
export class FaultBench {
  readonly rollout: RolloutRef;
  readonly dir: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly #scratch: string;
  readonly #clients: WindlassClient[] = [];
  #worker: TestWorker | null = null;

  private constructor(name: string, dir: string, scratch: string, settings: Readonly<Record<string, string>>) {
    this.rollout = { rollout: name, environment: 'lab' };
    this.dir = dir;
    this.#scratch = scratch;
    this.settings = settings;
  }

  /** @param name the fixture that is hurt: each has a lab of its own. */
  static async open(name = 'faulty'): Promise<FaultBench> {
    const dir = faultLabDirectory(name);
    // What an interrupted run left there would get in the way.
    await labReset(dir);
    const { env } = await labUp({ dir });
    const scratch = mkdtempSync(join(tmpdir(), 'windlass-faults-'));
    const own = { WINDLASS_STORE: pathToFileURL(join(scratch, 'store')).href, WINDLASS_SILENCE_SECONDS: '5' };
    return new FaultBench(name, dir, scratch, { ...env, ...own });
  }

  get log(): string {
    return join(this.dir, 'logs', 'fault-worker.log');
  }

  async startWorker(): Promise<void> {
    this.#worker = await TestWorker.start(this.settings, this.log);
  }

  async killWorker(): Promise<void> {
    await this.#worker?.stop('SIGKILL');
  }

  async kill(server: ServerName): Promise<void> {
    await killServer(this.dir, server);
  }

  async start(server: ServerName): Promise<void> {
    await startServer(this.dir, server);
  }

  /** A client; the caller closes it. */
  connect(): Promise<WindlassClient> {
    return WindlassClient.connect(readConfig(this.settings));
  }

  /** Starts the fixture with objects of its own and gives what its result will be, whatever happens to Temporal meanwhile. */
  async begin(suffix: string): Promise<{ result: Promise<RolloutResult>; run: string }> {
    const client = await this.connect();
    try {
      const { run } = await client.startDirectory(join(FIXTURES, this.rollout.rollout), {
        environment: 'lab',
        parameters: { suffix },
        by: 'tests',
      });
      return { run, result: this.#result() };
    } finally {
      await client.close();
    }
  }

  /** Temporal begins anew, knowing nothing; its clients and workers find their way back to it. */
  async loseTemporalDatabase(): Promise<void> {
    await this.kill('temporal');
    rmSync(join(this.dir, 'data', 'temporal'), { recursive: true });
    mkdirSync(join(this.dir, 'data', 'temporal'));
    await this.start('temporal');
    // A worker sets the namespace up when it starts; the one that runs knew the database that is gone.
    await this.killWorker();
    await this.startWorker();
  }

  /** The report of a run as Markdown, from the record alone. */
  async report(run: string): Promise<string> {
    const { store } = readConfig(this.settings);
    const reading = await openRecord(openStore(store.url, store.s3)).read({ ...this.rollout, run });
    return renderMarkdown(buildReport(reading));
  }

  finalState(suffix: string): Promise<FinalState> {
    return finalState(this.settings, suffix);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.#worker?.stop('SIGTERM');
    await labDown(this.dir);
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  /**
   * Waits for the end by asking anew whenever Temporal was away.
   *
   * @throws Error that says where it hangs, when it waits for a person or takes too long.
   */
  async #result(): Promise<RolloutResult> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const client = await this.connect().catch(() => null);
      const over = new AbortController();
      try {
        if (client) return await Promise.race([client.result(this.rollout), this.#hung(client, deadline, over.signal)]);
      } catch (error) {
        if ((error as { type?: string }).type !== 'TargetUnreachable') throw error;
      } finally {
        over.abort();
        // Closed at the end: the client's library asks again by a timer when Temporal is away, and throws where nobody can
        // catch it if the connection was closed meanwhile.
        if (client) this.#clients.push(client);
      }
      await wait(200);
    }
  }

  /** Rejects once nothing will go on by itself, with what is not done; never resolves. */
  async #hung(client: WindlassClient, deadline: number, over: AbortSignal): Promise<never> {
    const at = await until(async () => {
      if (over.aborted) return [];
      const status = await client.status(this.rollout).catch(() => null);
      const open = (status?.phases ?? []).flatMap(({ steps }) => steps).filter(({ state }) => state !== 'done');
      return status?.state === 'blocked' || Date.now() > deadline ? open : null;
    }, LOOK_MS);
    throw new Error(
      `The rollout does not go on: ${JSON.stringify(at.map(({ name, state, gate, failure }) => ({ name, state, gate, failure })))}`,
    );
  }
}

/** The directory of the lab that is hurt by what is called so. */
export function faultLabDirectory(name: string): string {
  const first = process.env['WINDLASS_FAULT_LAB_DIR'] ?? join(dirname(labDirectory()), 'fault-lab');
  return name === 'faulty' ? first : `${first}-${name}`;
}
