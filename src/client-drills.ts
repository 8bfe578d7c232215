import { setTimeout as sleep } from 'node:timers/promises';
import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type Connection,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';
import { msNumberToTs, tsToDate } from '@temporalio/common/lib/time.js';
import type { Actor } from './client-actor.ts';
import { clientFailure } from './client-failure.ts';
import {
  scheduleOfDescription,
  scheduleOptions,
  shown,
  signedInput,
  type DrillRef,
  type DrillSchedule,
} from './client-schedules.ts';
import type { Config } from './config.ts';
import type { DrillTimes, Firing } from './domain/drill/schedule.ts';
import type { DrillMode } from './domain/drill/verdict.ts';
import { durationMs } from './domain/duration.ts';
import { WindlassFailure } from './domain/failure.ts';
import { drillWorkflowId } from './domain/names.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { WORKFLOWS, drillQuery, type DrillStatus } from './contract/messages.ts';

/** How long a worker may take to answer a query, and Temporal to tell what became of a trigger, in milliseconds. */
const ANSWER_MS = 10_000;
const LOOK_MS = 100;
const DAY_MS = 86_400_000;
/** Within these from now on the next times of a schedule are looked for, one after the other, in days. */
const WITHIN_DAYS = [1, 32, 366, 8 * 366, 32 * 366];

export interface StartedDrill extends DrillRef {
  readonly mode: DrillMode;
  readonly workflowId: string;
  readonly run: string;
  readonly bundle: string;
  readonly webUi: string | null;
}

/** The half of the client that drills: now, and by schedules. */
export class DrillClient {
  readonly #connection: Connection;
  readonly #client: Client;
  readonly #config: Config;
  readonly #webUi: (workflowId: string, run: string) => string | null;

  constructor(
    connection: Connection,
    client: Client,
    config: Config,
    webUi: (workflowId: string, run: string) => string | null,
  ) {
    this.#connection = connection;
    this.#client = client;
    this.#config = config;
    this.#webUi = webUi;
  }

  /** Starts a drill of a stored bundle now. @throws WindlassFailure `AlreadyRunning` naming the run. */
  async start(ref: DrillRef & { readonly bundle: string; readonly mode?: DrillMode }, actor: Actor = {}) {
    await ensureSearchAttributes(this.#connection, this.#config.namespace);
    const { environment, rollout, phase, step, bundle, mode = 'drill' } = ref;
    const workflowId = drillWorkflowId(environment, rollout, phase, step, mode);
    return this.#call(workflowId, async (): Promise<StartedDrill> => {
      const handle = await this.#client.workflow.start(WORKFLOWS.drill, {
        workflowId,
        taskQueue: this.#config.taskQueue,
        args: [signedInput('drill', { environment, rollout, phase, step, bundle, mode }, actor)],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        ...shown({ environment, rollout, phase, step, bundle, mode }),
      });
      const run = handle.firstExecutionRunId;
      const webUi = this.#webUi(workflowId, run);
      return { environment, rollout, phase, step, bundle, mode, workflowId, run, webUi };
    });
  }

  /** How a run of a drill stands. @throws WindlassFailure `NotFound`, `TargetUnreachable` */
  async status({ workflowId, run }: Pick<StartedDrill, 'workflowId' | 'run'>): Promise<DrillStatus> {
    return this.#call(workflowId, () =>
      this.#connection.withDeadline(Date.now() + ANSWER_MS, () =>
        this.#client.workflow.getHandle(workflowId, run).query(drillQuery),
      ),
    );
  }

  /** Waits until a run ends. @throws WindlassFailure of the type that ended it, `ExpectationFailed` for a refuted backup. */
  async result({ workflowId, run }: Pick<StartedDrill, 'workflowId' | 'run'>): Promise<DrillStatus> {
    return this.#call(
      workflowId,
      () => this.#client.workflow.getHandle(workflowId, run).result() as Promise<DrillStatus>,
    );
  }

  /**
   * Makes the schedules of a drill, or changes those that are there in place: whether one is paused stays as it is. One
   * that the drill has no more use for is deleted.
   *
   * `until`, ISO 8601 in UTC, is how long its firings may go on.
   */
  async schedule(
    ref: DrillRef & { readonly bundle: string },
    firings: readonly Firing[],
    { catchUp, until }: Pick<DrillTimes, 'catchUp'> & { readonly until: string },
    actor: Actor = {},
  ): Promise<readonly DrillSchedule[]> {
    await ensureSearchAttributes(this.#connection, this.#config.namespace);
    const how = { catchUpMs: durationMs(catchUp), taskQueue: this.#config.taskQueue, until };
    for (const firing of firings) await this.#put(scheduleOptions(ref, firing, how, actor));
    const wanted = new Set(firings.map(({ mode }) => mode));
    const gone = MODES.filter((mode) => !wanted.has(mode));
    await Promise.all(gone.map((mode) => this.#handle(ref, mode).delete().catch(absent)));
    return this.schedules(ref);
  }

  /** The schedules that there are of a rollout, or of one drill; in the order of their ids. */
  async schedules(
    of: Pick<DrillRef, 'environment' | 'rollout'> & Partial<DrillRef>,
  ): Promise<readonly DrillSchedule[]> {
    const ids = of.phase === undefined || of.step === undefined ? await this.#idsOf(of) : idsOfDrill(of as DrillRef);
    const found = await Promise.all(ids.map((id) => this.#call(id, () => this.#scheduleOf(id).catch(absent))));
    return found.filter((schedule) => schedule !== null).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async pause(schedule: DrillSchedule, note: string): Promise<void> {
    await this.#call(schedule.id, () => this.#client.schedule.getHandle(schedule.id).pause(note));
  }

  async resume(schedule: DrillSchedule, note: string): Promise<void> {
    await this.#call(schedule.id, () => this.#client.schedule.getHandle(schedule.id).unpause(note));
  }

  /**
   * Lets it fire now, unless one of its runs is open, and waits until Temporal says which of both it did. What a schedule was
   * signed with stands for its own times alone: where it is signed, a run of the same is started that its actor signs.
   *
   * @throws WindlassFailure `AlreadyRunning` when one of its runs is open, `TargetUnreachable` when Temporal does not say,
   *   `WrongUsage` for a signed schedule and an actor without a key.
   */
  async trigger(schedule: DrillSchedule, actor: Actor = {}): Promise<void> {
    const { id } = schedule;
    if (schedule.signed) {
      if (actor.sign === undefined) throw unsignedTrigger(id);
      if (schedule.running > 0) throw runs(id);
      await this.start(schedule, actor);
      return;
    }
    const handle = this.#client.schedule.getHandle(id);
    await this.#call(id, async () => {
      const { info: before } = await handle.describe();
      // Without a policy of its own a trigger overlaps, whatever the schedule says.
      await handle.trigger(ScheduleOverlapPolicy.SKIP);
      const deadline = Date.now() + ANSWER_MS;
      while (Date.now() < deadline) {
        const { info } = await handle.describe();
        if (info.numActionsTaken > before.numActionsTaken) return;
        if (info.numActionsSkippedOverlap > before.numActionsSkippedOverlap) throw runs(id);
        await sleep(LOOK_MS);
      }
      throw new WindlassFailure('TargetUnreachable', 'Temporal does not say whether it started a run.', {
        object: id,
        next: 'Look with `windlass schedule list` whether it runs, before you trigger it again.',
      });
    });
  }

  async delete(schedule: DrillSchedule): Promise<void> {
    await this.#call(schedule.id, () => this.#client.schedule.getHandle(schedule.id).delete());
  }

  #handle({ environment, rollout, phase, step }: DrillRef, mode: DrillMode): ScheduleHandle {
    return this.#client.schedule.getHandle(drillWorkflowId(environment, rollout, phase, step, mode));
  }

  async #scheduleOf(id: string): Promise<DrillSchedule> {
    const description = await this.#client.schedule.getHandle(id).describe();
    return { ...scheduleOfDescription(description), upcoming: await this.#upcoming(id, 5) };
  }

  /** Asked of Temporal, which alone knows what it makes of a specification. */
  async #upcoming(scheduleId: string, count: number): Promise<readonly string[]> {
    const { namespace } = this.#config;
    const startTime = msNumberToTs(Date.now());
    for (const days of WITHIN_DAYS) {
      const endTime = msNumberToTs(Date.now() + days * DAY_MS);
      const asked = { namespace, scheduleId, startTime, endTime };
      const { startTime: times } = await this.#connection.workflowService.listScheduleMatchingTimes(asked);
      if (times.length >= count || days === WITHIN_DAYS.at(-1))
        return times.slice(0, count).map((time) => tsToDate(time).toISOString());
    }
    return [];
  }

  /** Temporal's list lags behind; it tells which there are, and no more is taken from it. */
  async #idsOf({ environment, rollout }: Pick<DrillRef, 'environment' | 'rollout'>): Promise<readonly string[]> {
    const ids: string[] = [];
    const prefixes = MODES.map((mode) => `${mode}/${environment}/${rollout}/`);
    await this.#call(`schedules of ${rollout}`, async () => {
      for await (const { scheduleId } of this.#client.schedule.list())
        if (prefixes.some((prefix) => scheduleId.startsWith(prefix))) ids.push(scheduleId);
    });
    return ids;
  }

  async #put(options: ScheduleOptions): Promise<void> {
    await this.#call(options.scheduleId, async () => {
      try {
        await this.#client.schedule.create(options);
      } catch (error) {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        const handle = this.#client.schedule.getHandle(options.scheduleId);
        await handle.update(({ state }) => ({ ...options, state }));
      }
    });
  }

  async #call<T>(object: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw clientFailure(error, object);
    }
  }
}

const MODES: readonly DrillMode[] = ['drill', 'freshness', 'witness'];

function idsOfDrill({ environment, rollout, phase, step }: DrillRef): readonly string[] {
  return MODES.map((mode) => drillWorkflowId(environment, rollout, phase, step, mode));
}

function runs(id: string): WindlassFailure {
  return new WindlassFailure('AlreadyRunning', 'Temporal skipped it: one of its runs is open.', {
    object: id,
    next: 'Wait until that run ends, then trigger it again.',
  });
}

function unsignedTrigger(id: string): WindlassFailure {
  return new WindlassFailure('WrongUsage', 'The schedule is signed for its own times, and this is none of them.', {
    object: id,
    next: 'Sign what you trigger: `--as NAME --key FILE`.',
  });
}

function absent(error: unknown): null {
  if (error instanceof Error && error.name === 'ScheduleNotFoundError') return null;
  throw error;
}
