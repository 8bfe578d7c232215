import {
  ScheduleAlreadyRunning,
  type Client,
  type Connection,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';
import { msNumberToTs, tsToDate } from '@temporalio/common/lib/time.js';
import type { Actor } from './client-actor.ts';
import { begin } from './client-begin.ts';
import { fireNow, isRunning, unsignedTrigger } from './client-trigger.ts';
import { clientFailure } from './client-failure.ts';
import {
  scheduleOfDescription,
  scheduleOptions,
  type BundleRef,
  type DrillRef,
  type Of,
  type WindlassSchedule,
} from './client-schedules.ts';
import type { Config } from './config.ts';
import type { DrillTimes, Firing } from './domain/drill/schedule.ts';
import type { DrillMode } from './domain/drill/verdict.ts';
import { isLook, LOOKS, type LookMode } from './domain/run-mode.ts';
import { durationMs } from './domain/duration.ts';
import { drillWorkflowId, lookWorkflowId } from './domain/names.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { drillQuery, type DrillStatus } from './contract/messages.ts';

/** How long a worker may take to answer a query, in milliseconds. */
const ANSWER_MS = 10_000;
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
      const handle = await begin(
        this.#client,
        this.#config,
        { environment, rollout, phase, step, bundle, mode },
        actor,
      );
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
  ): Promise<readonly WindlassSchedule[]> {
    await ensureSearchAttributes(this.#connection, this.#config.namespace);
    const how = { catchUpMs: durationMs(catchUp), taskQueue: this.#config.taskQueue, until };
    for (const firing of firings) await this.#put(scheduleOptions(drillOf(ref, firing), firing, how, actor));
    const wanted = new Set(firings.map(({ mode }) => mode));
    const gone = MODES.filter((mode) => !wanted.has(mode));
    await Promise.all(gone.map((mode) => this.#handle(ref, mode).delete().catch(absent)));
    return this.schedules(ref);
  }

  /** Makes the schedule that looks at the readiness or for drift, or changes the one that is there in place, as `schedule` does. */
  async scheduleLooks(
    { environment, rollout, bundle }: BundleRef,
    { mode, ...firing }: Firing & { readonly mode: LookMode },
    { catchUp, until }: Pick<DrillTimes, 'catchUp'> & { readonly until: string },
    actor: Actor = {},
  ): Promise<readonly WindlassSchedule[]> {
    await ensureSearchAttributes(this.#connection, this.#config.namespace);
    const how = { catchUpMs: durationMs(catchUp), taskQueue: this.#config.taskQueue, until };
    const options = scheduleOptions({ environment, rollout, bundle, mode }, { mode, ...firing }, how, actor);
    await this.#put(options);
    return this.#found([options.scheduleId]);
  }

  /** The schedules that there are of a rollout, or of one drill; in the order of their ids. */
  async schedules(
    of: Pick<DrillRef, 'environment' | 'rollout'> & Partial<DrillRef>,
  ): Promise<readonly WindlassSchedule[]> {
    const ids = of.phase === undefined || of.step === undefined ? await this.#idsOf(of) : idsOfDrill(of as DrillRef);
    return this.#found(ids);
  }

  async #found(ids: readonly string[]): Promise<readonly WindlassSchedule[]> {
    const found = await Promise.all(ids.map((id) => this.#call(id, () => this.#scheduleOf(id).catch(absent))));
    return found.filter((schedule) => schedule !== null).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async pause(schedule: WindlassSchedule, note: string): Promise<void> {
    await this.#call(schedule.id, () => this.#client.schedule.getHandle(schedule.id).pause(note));
  }

  async resume(schedule: WindlassSchedule, note: string): Promise<void> {
    await this.#call(schedule.id, () => this.#client.schedule.getHandle(schedule.id).unpause(note));
  }

  /**
   * Lets it fire now, unless one of its runs is open, and waits until Temporal says which of both it did. What a schedule was
   * signed with stands for its own times alone: where it is signed, a run of the same is started that its actor signs.
   *
   * @throws WindlassFailure `AlreadyRunning` when one of its runs is open, `TargetUnreachable` when Temporal does not say,
   *   `WrongUsage` for a signed schedule and an actor without a key.
   */
  async trigger(schedule: WindlassSchedule, actor: Actor = {}): Promise<void> {
    const { id } = schedule;
    if (!schedule.signed) return this.#call(id, () => fireNow(this.#client.schedule.getHandle(id)));
    if (actor.sign === undefined) throw unsignedTrigger(id);
    if (schedule.running > 0) throw isRunning(id);
    await this.#call(id, () => begin(this.#client, this.#config, ofSchedule(schedule), actor));
  }

  async delete(schedule: WindlassSchedule): Promise<void> {
    await this.#call(schedule.id, () => this.#client.schedule.getHandle(schedule.id).delete());
  }

  #handle({ environment, rollout, phase, step }: DrillRef, mode: DrillMode): ScheduleHandle {
    return this.#client.schedule.getHandle(drillWorkflowId(environment, rollout, phase, step, mode));
  }

  async #scheduleOf(id: string): Promise<WindlassSchedule> {
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
    const looks = LOOKS.map((mode) => lookWorkflowId(mode, environment, rollout));
    await this.#call(`schedules of ${rollout}`, async () => {
      for await (const { scheduleId } of this.#client.schedule.list())
        if (looks.includes(scheduleId) || prefixes.some((prefix) => scheduleId.startsWith(prefix)))
          ids.push(scheduleId);
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

function drillOf(ref: DrillRef & { readonly bundle: string }, { mode }: Firing): Of {
  const { environment, rollout, phase, step, bundle } = ref;
  if (isLook(mode)) throw new RangeError(`a drill has no look: ${mode}`);
  return { environment, rollout, phase, step, bundle, mode };
}

function ofSchedule({ environment, rollout, phase, step, bundle, mode }: WindlassSchedule): Of {
  if (isLook(mode)) return { environment, rollout, bundle, mode };
  return { environment, rollout, phase: phase ?? '', step: step ?? '', bundle, mode };
}

function absent(error: unknown): null {
  if (error instanceof Error && error.name === 'ScheduleNotFoundError') return null;
  throw error;
}
