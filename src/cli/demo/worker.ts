import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labPaths, type LabPaths } from '../../lab/directory.ts';
import { withLock } from '../../lab/lock.ts';
import { choosePorts, LOOPBACK } from '../../lab/ports.ts';
import { probe } from '../../lab/probe.ts';
import { isAlive, type ProcessIdentity } from '../../lab/processes/identity.ts';
import { launch, logPath } from '../../lab/processes/launch.ts';
import { stopServer } from '../../lab/processes/stop.ts';
import { removeTarget, writeTarget } from '../../lab/scrape.ts';
import { waitFor } from '../../lab/wait.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Cli } from '../cli.ts';
import type { FollowView } from '../follow/view.ts';
import { WORKER_ARGUMENTS, workerEnvironment } from '../../worker-process.ts';

/** The name under which the lab's record knows the worker of a demo: whoever comes next finds it there. */
const NAME = 'demo-worker';
/** What its metrics are labelled with where the lab has monitoring. */
const JOB = 'windlass';
/** A bound, not an expectation. Milliseconds. */
const READY_WITHIN_MS = 60_000;
/** Between two looks whether it is still there. Milliseconds. */
const LOOK_MS = 500;

/** The worker of a demo. It outlives the demo when that is interrupted; the next demo takes its place. */
export interface SupervisedWorker {
  pid(): number;
  /** Starts another one when it is gone, for nobody is surprised by a worker that was killed in a demo. */
  ensure(view: Pick<FollowView, 'pause'>): Promise<void>;
  /** Does `work`, which needs a worker, and sees to it that there is one for as long as that takes. */
  during<T>(work: () => Promise<T>, view: Pick<FollowView, 'pause'>): Promise<T>;
  /** Lets it finish what it does, and ends it. */
  stop(): Promise<void>;
}

/**
 * Starts a worker for a lab and keeps it running.
 *
 * @param settings the whole environment of the worker.
 * @throws WindlassFailure `Internal` naming its log when it does not become ready.
 */
export async function supervisedWorker(cli: Cli, dir: string, settings: NodeJS.ProcessEnv): Promise<SupervisedWorker> {
  const paths = labPaths(dir);
  let worker = await startWorker(paths, settings);
  cli.say(`The worker is process ${worker.pid}; its log: ${logPath(paths, NAME)}`);
  const ensure: SupervisedWorker['ensure'] = async (view) => {
    if (isAlive(worker)) return;
    view.pause();
    cli.say(`The worker, process ${worker.pid}, is gone; starting another one.`);
    worker = await startWorker(paths, settings);
    cli.say(`The worker is process ${worker.pid} now; what was under way goes on.`);
  };
  return {
    pid: () => worker.pid,
    ensure,
    async during(work, view) {
      const settled = new AbortController();
      const result = work().finally(() => {
        settled.abort();
      });
      // It is returned below; until then a rejection must not count as one that nobody hears of.
      result.catch(() => undefined);
      while (!settled.signal.aborted) {
        await ensure(view);
        await Promise.race([result, sleep(LOOK_MS)]);
      }
      return result;
    },
    stop: () =>
      withLock(paths.lock, () => {
        // It is not missed: it is meant to be gone.
        removeTarget(paths, JOB);
        return stopServer(paths, { name: NAME });
      }),
  };
}

/** Starts a worker in place of one that an earlier demo left, and waits until it is ready. */
async function startWorker(paths: LabPaths, settings: NodeJS.ProcessEnv): Promise<ProcessIdentity> {
  mkdirSync(join(paths.data, NAME), { recursive: true, mode: 0o700 });
  const ports = await choosePorts(['health', 'metrics'], {}, new Set());
  const env = {
    ...defined(workerEnvironment(settings)),
    WINDLASS_HEALTH_PORT: String(ports['health']),
    WINDLASS_METRICS_PORT: String(ports['metrics']),
  };
  const worker = await withLock(paths.lock, async () => {
    await stopServer(paths, { name: NAME });
    writeTarget(paths, JOB, ports['metrics'] ?? 0);
    return launch(paths, NAME, { program: process.execPath, args: WORKER_ARGUMENTS, env });
  });
  await untilReady(worker, `http://${LOOPBACK}:${String(ports['health'])}/readyz`, logPath(paths, NAME));
  return worker;
}

async function untilReady(worker: ProcessIdentity, health: string, log: string): Promise<void> {
  const outcome = await waitFor(async () => {
    if (!isAlive(worker)) return 'It ended instead of becoming ready.';
    return (await probe(health)) === undefined ? 'ready' : undefined;
  }, READY_WITHIN_MS);
  if (outcome === 'ready') return;
  throw new WindlassFailure('Internal', outcome ?? `It was not ready within ${READY_WITHIN_MS / 1_000} s.`, {
    object: 'worker of the demo',
    next: `Read ${log}.`,
    retryable: false,
  });
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
