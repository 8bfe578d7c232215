import type { Client, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { lockActivities } from '../../../src/activities/lock.ts';
import type { WindlassActivities } from '../../../src/contract/activities.ts';
import type { Freshness } from '../../../src/domain/drill/freshness.ts';
import type { DrillMode, DrillVerdict } from '../../../src/domain/drill/verdict.ts';
import type { Fence } from '../../../src/domain/step-engine.ts';
import { drillWorkflowId } from '../../../src/domain/names.ts';
import type { News } from '../../../src/domain/notification.ts';
import type { RecordBody } from '../../../src/domain/record-entry.ts';
import type { drill } from '../../../src/workflows/drill.ts';
import { WORKFLOWS } from '../../../src/contract/messages.ts';
import type { WorkflowBench } from './environment.ts';
import { FakeWorld } from './fake-activities.ts';
import { shape, step } from './shapes.ts';

export const proven: DrillVerdict = {
  verdict: 'proven',
  backup: 'platform-drill-1',
  backedUpAt: '2026-01-01T02:00:00.000Z',
  faults: [],
  missed: [],
  rtoSeconds: 4,
  rpoSeconds: 60,
  failure: null,
};

export const fresh: Freshness = {
  newest: { backup: 'platform-drill-1', at: '2026-01-01T02:00:00.000Z', drill: 'backup/drill' },
  limit: '24h',
  stale: false,
  known: false,
};

let worlds = 0;

/** What drills find, and what they told whom. */
export class DrillWorld {
  readonly environment = `drills-${String(++worlds)}`;
  readonly record: RecordBody[] = [];
  readonly told: News[] = [];
  readonly fences: Fence[] = [];
  freshness: Freshness = fresh;
  onDrill: () => Promise<DrillVerdict> | DrillVerdict = () => proven;
  onWitness: () => Promise<void> | void = () => undefined;
  onNotify: () => Promise<void> | void = () => undefined;
  readonly #bench: WorkflowBench;
  readonly #taskQueue: string;

  private constructor(bench: WorkflowBench, taskQueue: string) {
    this.#bench = bench;
    this.#taskQueue = taskQueue;
  }

  /** Runs `act` in a world of its own, while a worker polls. */
  static async run(bench: WorkflowBench, act: (world: DrillWorld) => Promise<void>): Promise<void> {
    let world: DrillWorld | null = null;
    await bench.withWorker(
      (taskQueue) => (world = new DrillWorld(bench, taskQueue)).#activities(bench.env.client),
      () => act(world!),
    );
  }

  start(more: { step?: string; mode?: DrillMode } = {}): Promise<WorkflowHandleWithFirstExecutionRunId<typeof drill>> {
    const { environment } = this;
    const { step: name = 'drill', mode = 'drill' } = more;
    const of = { environment, rollout: 'platform', phase: 'backup', step: name, mode };
    return this.#bench.env.client.workflow.start<typeof drill>(WORKFLOWS.drill, {
      workflowId: drillWorkflowId(environment, of.rollout, of.phase, name, mode),
      taskQueue: this.#taskQueue,
      args: [{ ...of, bundle: 'b'.repeat(64), startedBy: 'linus', signature: '' }],
    });
  }

  recorded<T extends RecordBody['type']>(type: T): Extract<RecordBody, { type: T }>[] {
    return this.record.filter((body): body is Extract<RecordBody, { type: T }> => body.type === type);
  }

  #activities(client: Client): WindlassActivities {
    return {
      ...new FakeWorld(shape()).activities(client, this.#taskQueue),
      ...lockActivities({ client, taskQueue: this.#taskQueue }),
      openDrill: (input) =>
        Promise.resolve({
          step: step(input.step, { kind: 'velero.drill' }),
          notifications: [['failed', 'refuted', 'stale'], ['stale']],
        }),
      drillStep: async (_ref, fence) => {
        if (fence) this.fences.push(fence);
        const verdict = await this.onDrill();
        this.record.push({ type: 'drill', verdict });
        return verdict;
      },
      witnessStep: async () => {
        await this.onWitness();
        return 1;
      },
      judgeFreshness: () => Promise.resolve(this.freshness),
      notify: async (_bundle, _webhook, news) => {
        await this.onNotify();
        this.told.push(news);
      },
      appendRecord: (_scope, _phase, _step, _key, body) => {
        this.record.push(body);
        return Promise.resolve();
      },
    };
  }
}
