import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { freePort } from '../../tests/support/worker.ts';
import type { LabEnv } from '../../src/lab/index.ts';

/** What a run took: by Temporal's own clock, and in events of all its workflows but the locks, which other runs share. */
export interface Took {
  readonly seconds: number;
  readonly events: number;
  readonly activities: number;
}

/** A build of Windlass, in a checkout, with a worker of its own on a task queue of its own. */
export class Build {
  readonly name: string;
  readonly #root: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #client: Client;
  #worker: ChildProcess | undefined;

  constructor(name: string, root: string, home: string, lab: LabEnv, client: Client) {
    this.name = name;
    this.#root = root;
    this.#client = client;
    mkdirSync(join(home, name), { recursive: true });
    this.#env = {
      ...process.env,
      ...lab,
      WINDLASS_STORE: pathToFileURL(join(home, name, 'store')).href,
      WINDLASS_TASK_QUEUE: `bench-${name}`,
      WINDLASS_METRICS_PORT: '0',
    };
  }

  async startWorker(log: string): Promise<void> {
    const port = String(await freePort());
    const metrics = String(await freePort());
    const output = openSync(log, 'a');
    const env = { ...this.#env, WINDLASS_HEALTH_PORT: port, WINDLASS_METRICS_PORT: metrics };
    const worker = spawn(process.execPath, [join(this.#root, 'dist/worker.js')], {
      stdio: ['ignore', 'ignore', output],
      env,
    });
    closeSync(output);
    this.#worker = worker;
    for (;;) {
      if (worker.exitCode !== null) throw new Error(`the worker of ${this.name} ended while it started; see ${log}`);
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
      if (answer?.ok === true) return;
      await delay(50);
    }
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined || worker.exitCode !== null) return;
    const gone = once(worker, 'exit');
    worker.kill('SIGTERM');
    await gone;
  }

  /** Runs its command line to its end. */
  cli(...args: readonly string[]): void {
    const { status, stderr } = spawnSync(process.execPath, [join(this.#root, 'dist/cli/main.js'), ...args], {
      env: this.#env,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new Error(`windlass ${args.join(' ')} of ${this.name} ended with ${String(status)}: ${stderr}`);
  }

  /** Carries a rollout through, and says what that took. */
  async roll(directory: string, rollout: string): Promise<Took> {
    const begun = new Date().toISOString();
    this.cli('start', directory, '--environment', 'lab');
    for (;;) {
      const query = `TaskQueue = "bench-${this.name}" AND StartTime >= "${begun}"`;
      const runs = [];
      for await (const run of this.#client.workflow.list({ query })) runs.push(run);
      const main = runs.find(({ type }) => type === 'rollout');
      if (main !== undefined && runs.every(({ type, status }) => type === 'targetLock' || status.name !== 'RUNNING')) {
        if (main.status.name !== 'COMPLETED') throw new Error(`${rollout} of ${this.name} ended ${main.status.name}`);
        const counted = runs.filter(({ type }) => type !== 'targetLock');
        const histories = await Promise.all(
          counted.map(({ workflowId, runId }) => this.#client.workflow.getHandle(workflowId, runId).fetchHistory()),
        );
        const events = histories.flatMap(({ events: all }) => all ?? []);
        return {
          seconds: ((main.closeTime?.getTime() ?? 0) - main.startTime.getTime()) / 1_000,
          events: events.length,
          activities: events.filter((event) => event.activityTaskScheduledEventAttributes !== undefined).length,
        };
      }
      await delay(100);
    }
  }
}
