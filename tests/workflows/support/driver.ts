import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { askStatus } from '../../../src/client-status.ts';
import { untilTaken } from '../../../src/client-taken.ts';
import { decisionOver, type Decision, type DecisionAnswer, type OpenGate } from '../../../src/domain/gate.ts';
import { drillWorkflowId, lockWorkflowId, rolloutWorkflowId } from '../../../src/domain/names.ts';
import type { RolloutShape } from '../../../src/domain/shape.ts';
import type { RolloutStatus, StepState, StepStatus } from '../../../src/domain/status.ts';
import {
  acquireSignal,
  commandUpdate,
  decideUpdate,
  lockQuery,
  WORKFLOWS,
  type Command,
} from '../../../src/contract/messages.ts';
import type { rollout } from '../../../src/workflows/rollout.ts';
import type { WorkflowBench } from './environment.ts';
import { FakeWorld } from './fake-activities.ts';

const DEADLINE_MS = 240_000;
let rollouts = 0;

/** A test that hangs ends here, and not at Jest's limit: its worker is shut down, and the tests after it go on. */
async function withinDeadline(act: Promise<void>, standing: () => Promise<string>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      // A server that does not even answer must not hang the message.
      const silent = new Promise<string>((resolve) => setTimeout(resolve, 5_000, 'the server does not answer'));
      void Promise.race([standing(), silent]).then((text) => {
        reject(new Error(`the test hangs\n${text}`));
      }, reject);
    }, DEADLINE_MS);
  });
  await Promise.race([act, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** One rollout on the bench, with the world that its steps act on. */
export class Driver {
  readonly world: FakeWorld;
  readonly bundle = 'b'.repeat(64);
  readonly environment: string;
  readonly #bench: WorkflowBench;
  readonly taskQueue: string;
  readonly handle: WorkflowHandleWithFirstExecutionRunId<typeof rollout>;

  private constructor(
    bench: WorkflowBench,
    taskQueue: string,
    environment: string,
    world: FakeWorld,
    handle: WorkflowHandleWithFirstExecutionRunId<typeof rollout>,
  ) {
    this.#bench = bench;
    this.taskQueue = taskQueue;
    this.environment = environment;
    this.world = world;
    this.handle = handle;
  }

  /** Starts a rollout of this shape (environment `test`, started by `linus`) and drives it with `act`. */
  static async run(
    bench: WorkflowBench,
    shape: RolloutShape,
    act: (driver: Driver) => Promise<void>,
    prepare: (world: FakeWorld) => void = () => undefined,
  ): Promise<void> {
    const world = new FakeWorld(shape);
    prepare(world);
    // An environment of its own, or a target's lock would wait for the worker of the test before.
    const environment = `test-${String(++rollouts)}`;
    const name = 'platform';
    await bench.withWorker(
      (taskQueue) => world.activities(bench.env.client, taskQueue),
      async (taskQueue) => {
        const handle = await bench.env.client.workflow.start<typeof rollout>(WORKFLOWS.rollout, {
          workflowId: rolloutWorkflowId(environment, name),
          taskQueue,
          args: [{ environment, rollout: name, bundle: 'b'.repeat(64), startedBy: 'linus', signature: '' }],
        });
        const driver = new Driver(bench, taskQueue, environment, world, handle);
        await withinDeadline(act(driver), () => driver.#standing());
      },
    );
  }

  /** What the rollout was doing, for the message of a test that hangs. */
  async #standing(): Promise<string> {
    const history = historyToJSON(await this.handle.fetchHistory());
    const { events } = JSON.parse(history) as { events: { eventType: string }[] };
    const names = events.map(({ eventType }, index) => `${String(index + 1)} ${eventType}`);
    return [`calls: ${this.world.calls.join(', ')}`, `history: ${names.join(', ')}`].join('\n');
  }

  /** Has a drill hold target `cluster`, in a world in which drills do. @returns the drill, and its request as the lock has it. */
  async heldByDrill() {
    const { client } = this.#bench.env;
    const of = { environment: this.environment, rollout: 'other', phase: 'backup', step: 'd', mode: 'drill' } as const;
    const drill = await client.workflow.start(WORKFLOWS.drill, {
      workflowId: drillWorkflowId(of.environment, of.rollout, of.phase, of.step, of.mode),
      taskQueue: this.taskQueue,
      args: [{ ...of, bundle: this.bundle, startedBy: 'linus', signature: '' }],
    });
    const lock = client.workflow.getHandle(lockWorkflowId(this.environment, 'cluster'));
    for (;;) {
      const held = await lock.query(lockQuery).then(
        ({ held: all }) => all,
        () => [],
      );
      const own = held.find(({ holder }) => holder.runId === drill.firstExecutionRunId);
      if (own !== undefined) return { drill, lock, request: own };
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Asks for the lock of target `cluster` on behalf of somebody else than this rollout. */
  async lockFor(holder: { workflowId: string; runId: string }): Promise<void> {
    await this.#bench.env.client.workflow.signalWithStart(WORKFLOWS.targetLock, {
      workflowId: lockWorkflowId(this.environment, 'cluster'),
      taskQueue: this.taskQueue,
      args: [null],
      signal: acquireSignal,
      signalArgs: [{ id: 'stranger', owner: 'stranger', holder, leaseMs: 600_000 }],
    });
  }

  status(): Promise<RolloutStatus> {
    return askStatus(this.#bench.env.client, this.handle);
  }

  async step(path: string): Promise<StepStatus> {
    const [phaseName, stepName] = path.split('/');
    const status = await this.status();
    const found = status.phases.find((p) => p.name === phaseName)?.steps.find((s) => s.name === stepName);
    if (!found) throw new Error(`no step ${path}`);
    return found;
  }

  /** Waits until a step is in this state. */
  async until(path: string, state: StepState): Promise<StepStatus> {
    for (;;) {
      const status = await this.status();
      if (status.phases.length > 0) {
        const step = await this.step(path);
        if (step.state === state) return step;
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** A decision over what the open gate of a step shows, by `ada`. */
  async decision(path: string, more: Partial<Decision> = {}): Promise<Decision> {
    const gate = (await this.until(path, 'gate')).gate as OpenGate;
    const { bundle } = this;
    const run = this.handle.firstExecutionRunId;
    // What is waived must be said by the test: an approval that waives nothing is what a rejection without its verdict is.
    const said = decisionOver({ bundle, run }, gate, { verdict: 'reject', by: 'ada', comment: '' });
    return { ...said, verdict: 'approve', signature: '', ...more };
  }

  async decide(path: string, more: Partial<Decision> = {}): Promise<DecisionAnswer> {
    return this.send(await this.decision(path, more));
  }

  send(decision: Decision): Promise<DecisionAnswer> {
    return untilTaken(() => this.handle.executeUpdate(decideUpdate, { args: [decision] }));
  }

  /** A command for the time that the step is parked now. */
  async command(action: Command['action'], path: string) {
    const parkings = path === '' ? undefined : (await this.step(path)).parkings;
    const parking = parkings === undefined ? {} : { parking: parkings };
    return this.tell({ ...this.commandFor(action, path), ...parking });
  }

  tell(command: Command) {
    return untilTaken(() => this.handle.executeUpdate(commandUpdate, { args: [command] }));
  }

  /** A command of `ada`, unsigned; for no path it is about the rollout. */
  commandFor(action: Command['action'], path: string): Command {
    const [phase = '', step = ''] = path.split('/');
    return { action, run: this.handle.firstExecutionRunId, phase, step, by: 'ada', comment: '', signature: '' };
  }
}
