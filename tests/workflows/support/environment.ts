import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WindlassActivities } from '../../../src/contract/activities.ts';
import { toolPath } from '../../../src/lab/tools/ensure.ts';
import { SEARCH_ATTRIBUTE_TYPES } from '../../../src/search-attributes.ts';
import { workflowCode } from '../../support/workflow-code.ts';
import { testServerPath } from './test-server.ts';

/**
 * Heartbeats are sent as often. The SDK keeps them back for most of a heartbeat timeout, 12 s: so long a cancelled activity would not
 * learn of it, and where a test skips seconds, one that beats would be taken for dead.
 */
const BEAT_MS = 100;
/** How long the server has a query wait for a worker that knows the workflow: one of a workflow that ended is answered by none of them. */
const STICKY_MS = 1_000;

/**
 * A Temporal server with our workflows on it; activities are given by each test. It is the time-skipping one, unless a test needs the
 * real one: with a workflow that continues as new, the former loses tasks.
 */
export class WorkflowBench {
  readonly env: TestWorkflowEnvironment;
  #queues = 0;

  private constructor(env: TestWorkflowEnvironment) {
    this.env = env;
  }

  static async open(server: 'time-skipping' | 'real' = 'time-skipping'): Promise<WorkflowBench> {
    const logger = new DefaultLogger('ERROR');
    Runtime.install({ logger });
    const path = await (server === 'real' ? toolPath('temporal') : testServerPath());
    const options = { server: { executable: { type: 'existing-path', path } } } as const;
    const env = await (server === 'real'
      ? TestWorkflowEnvironment.createLocal(options)
      : TestWorkflowEnvironment.createTimeSkipping(options));
    // The time-skipping server takes search attributes but cannot list them.
    const searchAttributes = { ...SEARCH_ATTRIBUTE_TYPES };
    await env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
    return new WorkflowBench(env);
  }

  /** Runs `act` while a worker with these activities polls a queue of its own. */
  async withWorker<T>(
    activities: (taskQueue: string) => WindlassActivities,
    act: (taskQueue: string) => Promise<T>,
  ): Promise<T> {
    const taskQueue = `bench-${String(++this.#queues)}`;
    const worker = await Worker.create({
      connection: this.env.nativeConnection,
      taskQueue,
      workflowBundle: { codePath: workflowCode() },
      activities: activities(taskQueue),
      maxHeartbeatThrottleInterval: BEAT_MS,
      stickyQueueScheduleToStartTimeout: STICKY_MS,
    });
    return worker.runUntil(() => act(taskQueue));
  }

  async close(): Promise<void> {
    await this.env.teardown();
  }
}
