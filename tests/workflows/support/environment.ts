import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { WORKFLOWS } from '../../../scripts/bundling.ts';
import type { WindlassActivities } from '../../../src/contract/activities.ts';
import { toolPath } from '../../../src/lab/tools/ensure.ts';
import { SEARCH_ATTRIBUTE_TYPES } from '../../../src/search-attributes.ts';
import { testServerPath } from './test-server.ts';

/**
 * A Temporal server with our workflows on it; activities are given by each test. It is the time-skipping one, unless a test needs the
 * real one: with a workflow that continues as new, the former loses tasks.
 */
export class WorkflowBench {
  readonly env: TestWorkflowEnvironment;
  readonly #code: WorkflowBundleWithSourceMap;
  #queues = 0;

  private constructor(env: TestWorkflowEnvironment, code: WorkflowBundleWithSourceMap) {
    this.env = env;
    this.#code = code;
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
    return new WorkflowBench(env, await bundleWorkflowCode({ ...WORKFLOWS, logger }));
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
      workflowBundle: this.#code,
      activities: activities(taskQueue),
    });
    return worker.runUntil(() => act(taskQueue));
  }

  async close(): Promise<void> {
    await this.env.teardown();
  }
}
