import { readFile } from 'node:fs/promises';
import { getHeapStatistics } from 'node:v8';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { temporalAttempts } from './activities/attempts.ts';
import { temporalCallers } from './activities/callers.ts';
import { GateWatcher } from './activities/gate-watcher.ts';
import { createActivities } from './activities/index.ts';
import { Orphans } from './activities/orphans.ts';
import { labAddresses } from './lab/addresses.ts';
import { policyOfFile, policyOfLab } from './policy/worker-policy.ts';
import { openBundle } from './bundle/store.ts';
import { readConfig, type Config } from './config.ts';
import { WindlassFailure } from './domain/failure.ts';
import { BEATS, SILENCE_MS } from './domain/silence.ts';
import { serveHealth } from './health.ts';
import { installed } from './installation.ts';
import { jsonLogger } from './log.ts';
import { Readiness } from './readiness.ts';
import { openRecord } from './record/record.ts';
import { publicHalf, readWorkerKey, sealerOf } from './record/seal.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { provenThere } from './steps/proven-there.ts';
import { within } from './steps/reach.ts';
import { openStore } from './store/open.ts';

/** How long activities may go on after SIGTERM before they are cancelled; what is cut off is retried elsewhere. */
const DRAIN = '20s';

/** How many activities run at once. */
const ACTIVITY_SLOTS = 100;

/**
 * How many workflows are kept in memory at most; one that is not kept is replayed when it is needed. A parked one is needed when
 * somebody decides, and then takes some milliseconds: hundreds of them are not worth the memory.
 */
const CACHED_WORKFLOWS = 500;

/** How long Temporal may take for a sign of life. */
const ANSWER_MS = 5_000;

const logger = jsonLogger('INFO', (line) => process.stderr.write(line));

/** The one place where everything is put together: settings, connections, engines, activities, workflows. */
async function main(config: Config): Promise<void> {
  // The SDK stops the worker gracefully on SIGTERM and SIGINT: it polls no more, and waits for what runs.
  await listening('metrics', config.metricsPort, () =>
    Runtime.install({
      logger,
      shutdownSignals: ['SIGTERM', 'SIGINT'],
      telemetryOptions: {
        metrics: { prometheus: { bindAddress: `${config.bind}:${config.metricsPort}`, countersTotalSuffix: true } },
      },
    }),
  );
  const options = config.temporal.connectionOptions;
  const [connection, native] = await Promise.all([Connection.connect(options), NativeConnection.connect(options)]);
  await ensureSearchAttributes(connection, config.namespace);
  const store = openStore(config.store.url, config.store.s3);
  const policy = config.policy === null ? policyOfLab(() => labAddresses()) : policyOfFile(config.policy);
  const key = config.workerKey === null ? null : await readWorkerKey(config.workerKey);
  const record = openRecord(store, {
    ...(key === null ? {} : { sealer: sealerOf(key) }),
    workersOf: (environment) => policy.workersOf(environment),
  });
  const client = new Client({ connection, namespace: config.namespace });
  const watcher = new GateWatcher(temporalAttempts(client), logger);
  const orphans = new Orphans(client, config.taskQueue, logger);
  const readiness = new Readiness(ACTIVITY_SLOTS, () =>
    connection.withDeadline(Date.now() + ANSWER_MS, async () => {
      await connection.workflowService.getSystemInfo({});
      // Somebody may have taken one away, and no rollout goes on without them; who asks may not be let see to it.
      await ensureSearchAttributes(connection, config.namespace).catch(() => undefined);
    }),
  );
  const worker = await Worker.create({
    connection: native,
    namespace: config.namespace,
    taskQueue: config.taskQueue,
    workflowBundle: { code: await readFile(installed('dist/workflow-bundle.js'), 'utf8') },
    activities: createActivities({
      openBundle: (digest) => openBundle(store, digest),
      record,
      policy,
      provenThere: async (bundle, drill) =>
        provenThere(bundle, drill, within(await policy.of(bundle.environment), bundle.environment, process.env)),
      env: process.env,
      callers: temporalCallers(client, config.taskQueue, record),
      client,
      taskQueue: config.taskQueue,
      watcher,
      ...(config.silenceMs === null ? {} : { silenceMs: config.silenceMs }),
      continueAfter: config.rolloutEvents,
    }),
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    // The SDK keeps heartbeats back for most of their timeout. What is cancelled would learn of it as late, a worker that lives would be
    // close to being taken for dead, and what another begins with would be as old.
    maxHeartbeatThrottleInterval: (config.silenceMs ?? SILENCE_MS) / BEATS,
    maxCachedWorkflows: config.cachedWorkflows ?? fittingWorkflows(),
    interceptors: {
      activity: [() => ({ inbound: { execute: (input, next) => readiness.holdingSlot(() => next(input)) } })],
    },
    shutdownGraceTime: DRAIN,
  });
  const health = await listening('health', config.healthPort, () =>
    serveHealth(config.bind, config.healthPort, () => ({ ...readiness.of(worker.getState()), gates: watcher.size })),
  );
  const seals = key === null ? 'nothing' : publicHalf(key);
  logger.info('worker polls', {
    seals,
    taskQueue: config.taskQueue,
    namespace: config.namespace,
    health: health.address,
  });
  orphans.begin();
  try {
    await worker.run();
  } finally {
    readiness.close();
    await orphans.close();
    // When nothing is polled any more: what is handed over would otherwise come back.
    await watcher.close();
    await health.close();
    await native.close();
    await connection.close();
  }
  logger.info('worker drained');
}

/** As many as the heap of this process has room for, by the measure of the SDK, and no more than so many. */
function fittingWorkflows(): number {
  const heapMebibytes = getHeapStatistics().heap_size_limit / 1_048_576;
  return Math.max(10, Math.min(CACHED_WORKFLOWS, Math.floor(((heapMebibytes - 200) * 600) / 1_024)));
}

/** Says which port stands in the way, and how to choose another: what is thrown for it says neither. */
async function listening<T>(use: 'metrics' | 'health', port: number, listen: () => T | Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (cause) {
    throw new WindlassFailure('ReferenceUnresolved', `The worker cannot serve its ${use} on this port.`, {
      object: `port ${port}`,
      next: `Set WINDLASS_${use.toUpperCase()}_PORT to a free port, or 0 for any. Another worker may have this one.`,
      cause,
    });
  }
}

try {
  await main(readConfig(process.env));
} catch (error) {
  const summary = error instanceof WindlassFailure ? error.summary() : { message: 'The worker ended unexpectedly.' };
  logger.error('worker failed', { ...summary, error });
  process.exitCode = 1;
}
