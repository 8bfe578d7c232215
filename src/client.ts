import { Client, Connection, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { loadRollout, type LoadedRollout } from './bundle/load.ts';
import { saveBundle } from './bundle/store.ts';
import { decisionBy, identityOf, once, signed, type Actor } from './client-actor.ts';
import { DrillClient } from './client-drills.ts';
import { FreezeClient } from './client-freezes.ts';
import { ReadinessClient } from './client-readiness.ts';
import { asItEnded, endedDenial } from './client-execution.ts';
import { clientFailure } from './client-failure.ts';
import { listRollouts, type RolloutList } from './client-list.ts';
import { LockClient } from './client-locks.ts';
import { gateToSign } from './client-recorded.ts';
import { askStatus } from './client-status.ts';
import { untilTaken } from './client-taken.ts';
import { readConfig, type Config } from './config.ts';
import { WindlassFailure } from './domain/failure.ts';
import { short, type Decision, type DecisionAnswer, type OpenGate } from './domain/gate.ts';
import { rolloutWorkflowId } from './domain/names.ts';
import type { AskCluster, Renderer } from './domain/rendering.ts';
import type { RolloutStatus } from './domain/status.ts';
import { toolRenderer } from './renderer.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { openStore } from './store/open.ts';
import {
  commandSignal,
  commandUpdate,
  decideSignal,
  decideUpdate,
  WORKFLOWS,
  SEARCH_ATTRIBUTES,
  type Command,
  type CommandAnswer,
  type RolloutInput,
  type RolloutResult,
} from './contract/messages.ts';

export { decisionBy } from './client-actor.ts';
export { notAtHand, recordedGate } from './client-recorded.ts';
export { asToldBefore } from './bundle/told.ts';
export type { StartedDrill } from './client-drills.ts';
export type { DrillRef, WindlassSchedule } from './client-schedules.ts';
export type { ListedRollout, RolloutList } from './client-list.ts';
export type { DrillStatus } from './contract/messages.ts';
export type {
  Actor,
  DrillClient,
  CommandAnswer,
  Decision,
  DecisionAnswer,
  OpenGate,
  Renderer,
  RolloutResult,
  RolloutStatus,
};

/** Names one rollout in one environment; at most one run of it is open at a time. */
export interface RolloutRef {
  readonly environment: string;
  readonly rollout: string;
}

export interface StartedRollout extends RolloutRef {
  readonly workflowId: string;
  readonly run: string;
  readonly bundle: string;
  /** Address of the run in the Temporal Web UI; null when `WINDLASS_WEB_UI` is not set. */
  readonly webUi: string | null;
}

export interface MessageOptions extends Actor {
  readonly comment?: string;
  /** `update` (default) waits for the answer; `signal` also works while no worker is up, and has no answer. */
  readonly through?: 'update' | 'signal';
  /** Whether a decision is signed as it was shown, without a look at the record: for who has looked, or has no record at hand. */
  readonly asShown?: boolean;
}

/** Typed client of Windlass's workflows: starts rollouts, tells how they stand, decides gates. */
export class WindlassClient {
  readonly config: Config;
  /** Drills apart from rollouts, and their schedules. */
  readonly drills: DrillClient;
  /** Looks at how ready rollouts are. */
  readonly readiness: ReadinessClient;
  /** Locks of targets. */
  readonly locks: LockClient;
  /** Freezes of environments. */
  readonly freezes: FreezeClient;
  readonly #connection: Connection;
  readonly #client: Client;

  private constructor(connection: Connection, config: Config) {
    this.#connection = connection;
    this.config = config;
    this.#client = new Client({ connection, namespace: config.namespace });
    this.readiness = new ReadinessClient(connection, this.#client, config);
    this.freezes = new FreezeClient(this.#client, config);
    this.locks = new LockClient(connection, this.#client, config);
    this.drills = new DrillClient(connection, this.#client, config, (id, run) => this.webUi(id, run));
  }

  /** @throws WindlassFailure `TargetUnreachable` when Temporal does not answer. */
  static async connect(config: Config = readConfig(process.env)): Promise<WindlassClient> {
    try {
      const connection = await Connection.connect(config.temporal.connectionOptions);
      return new WindlassClient(connection, config);
    } catch (error) {
      throw clientFailure(error, config.temporal.connectionOptions.address ?? 'localhost:7233');
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * Loads a rollout directory, stores its bundle and starts it.
   *
   * @throws WindlassFailure `InvalidRollout` with every problem in `facts.problems`, `AlreadyRunning` naming the run.
   */
  async startDirectory(
    directory: string,
    options: Actor & {
      readonly environment: string;
      readonly parameters?: Readonly<Record<string, string>>;
      /** Renders charts and kustomizations; Helm and kustomize of this machine unless given. */
      readonly renderer?: Renderer;
      /** Asks targets what they serve, for charts that ask: the targets themselves unless given, or `asToldBefore`. */
      readonly clusters?: AskCluster;
    },
  ): Promise<StartedRollout> {
    const { environment, parameters = {}, renderer = toolRenderer(), clusters = askingClusters } = options;
    const loaded = await loadRollout(directory, environment, { parameters, renderer, clusters });
    if (!loaded.ok) {
      throw new WindlassFailure('InvalidRollout', `${directory} has ${loaded.problems.length} problem(s).`, {
        object: directory,
        next: 'Mend what is listed, then run `windlass validate`.',
        facts: { problems: loaded.problems.map((problem) => ({ ...problem })) },
      });
    }
    return this.start(loaded, options);
  }

  /** Stores a loaded bundle and starts it. @throws WindlassFailure `AlreadyRunning` naming the run. */
  async start(loaded: LoadedRollout, actor: Actor = {}): Promise<StartedRollout> {
    await saveBundle(openStore(this.config.store.url, this.config.store.s3), loaded);
    const { rollout, environment } = loaded.bundle;
    return this.startStored({ rollout, environment, bundle: loaded.digest }, actor);
  }

  /**
   * Starts a bundle that is in the store already, as an earlier run of it does again.
   *
   * @throws WindlassFailure `AlreadyRunning` naming the run; a bundle that is missing or corrupt fails the run itself.
   */
  async startStored(stored: RolloutRef & { readonly bundle: string }, actor: Actor = {}): Promise<StartedRollout> {
    await ensureSearchAttributes(this.#connection, this.config.namespace);
    const { rollout, environment, bundle } = stored;
    const message = { environment, rollout, bundle, startedBy: identityOf(actor), ...once(actor) };
    const input: RolloutInput = signed({ kind: 'start', environment, rollout }, message, actor);
    const workflowId = rolloutWorkflowId(environment, rollout);
    try {
      const handle = await this.#client.workflow.start(WORKFLOWS.rollout, {
        workflowId,
        taskQueue: this.config.taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${rollout} to ${environment}, bundle ${short(bundle)}`,
        typedSearchAttributes: [
          { key: SEARCH_ATTRIBUTES.rollout, value: rollout },
          { key: SEARCH_ATTRIBUTES.environment, value: environment },
          { key: SEARCH_ATTRIBUTES.bundle, value: bundle },
          { key: SEARCH_ATTRIBUTES.state, value: 'running' },
        ],
      });
      const run = handle.firstExecutionRunId;
      return { environment, rollout, workflowId, run, bundle, webUi: this.webUi(workflowId, run) };
    } catch (error) {
      throw clientFailure(error, workflowId);
    }
  }

  /** How the newest run of a rollout stands. @throws WindlassFailure `NotFound`, `TargetUnreachable` */
  async status(ref: RolloutRef): Promise<RolloutStatus> {
    return this.#call(ref, async (handle) => {
      const { name } = (await handle.describe()).status;
      // A rollout that is done told its status as its result, which takes no worker to read.
      const told =
        name === 'COMPLETED'
          ? ((await handle.result()) as RolloutResult).status
          : await askStatus(this.#client, handle);
      return asItEnded(told, name);
    });
  }

  /** The newest run of every rollout of an environment. @throws WindlassFailure `TargetUnreachable` */
  async list(environment: string): Promise<RolloutList> {
    try {
      return await listRollouts(this.#connection, this.#client, this.config.namespace, environment);
    } catch (error) {
      throw clientFailure(error, `environment ${environment}`);
    }
  }

  /** Waits until the newest run ends. @throws WindlassFailure of the type that ended it, when it did not complete. */
  async result(ref: RolloutRef): Promise<RolloutResult> {
    return this.#call(ref, (handle) => handle.result() as Promise<RolloutResult>);
  }

  /** Open gates of the newest run, as a decider must see them. */
  async gates(ref: RolloutRef): Promise<{ readonly status: RolloutStatus; readonly gates: readonly OpenGate[] }> {
    const status = await this.status(ref);
    const gates = status.phases.flatMap((phase) => phase.steps.flatMap((step) => (step.gate ? [step.gate] : [])));
    return { status, gates };
  }

  /**
   * Decides an open gate over exactly the changes that were shown. Answers null when sent as a signal.
   *
   * @param shown the status and the gate that the person was shown, as `gates` returned them.
   * @throws WindlassFailure `DecisionDenied` before anything is signed for a gate that is not on record as it was shown.
   */
  async decide(
    ref: RolloutRef,
    verdict: Decision['verdict'],
    shown: { readonly status: RolloutStatus; readonly gate: OpenGate },
    options: MessageOptions = {},
  ): Promise<DecisionAnswer | null> {
    const looks = options.sign !== undefined && options.asShown !== true;
    const gate = looks ? await gateToSign(this.config, shown.status, shown.gate) : shown.gate;
    const decision = decisionBy(ref, verdict, { ...shown, gate }, options);
    return this.#tell(ref, async (handle) => {
      if (options.through !== 'signal')
        return untilTaken(() => handle.executeUpdate(decideUpdate, { args: [decision] }));
      await handle.signal(decideSignal, decision);
      return null;
    });
  }

  /** Asks for a retry or abort of a parked step, or cancels the rollout. Answers null when sent as a signal. */
  async command(
    ref: RolloutRef,
    command: Omit<Command, 'by' | 'comment' | 'signature'>,
    options: MessageOptions = {},
  ): Promise<CommandAnswer | null> {
    const said = { ...command, by: identityOf(options), comment: options.comment ?? '' };
    const message: Command = signed({ kind: 'command', ...named(ref) }, said, options);
    return this.#tell(ref, async (handle) => {
      const answer =
        options.through === 'signal'
          ? null
          : await untilTaken(() => handle.executeUpdate(commandUpdate, { args: [message] }));
      if (answer === null) await handle.signal(commandSignal, message);
      return answer;
    });
  }

  /** Address of a workflow in the Web UI, where it shows our details: by itself it opens with its timeline. */
  webUi(workflowId: string, run: string): string | null {
    if (this.config.webUi === null) return null;
    const base = this.config.webUi.replace(/\/$/, '');
    return `${base}/namespaces/${this.config.namespace}/workflows/${encodeURIComponent(workflowId)}/${run}/user-metadata`;
  }

  /** Sends a message: Temporal's answer that nobody takes it any more says how the run ended. */
  async #tell<T>(ref: RolloutRef, send: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    return this.#call(ref, async (handle) => {
      try {
        return await send(handle);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        const { status } = await handle.describe();
        throw endedDenial(status.name, rolloutWorkflowId(ref.environment, ref.rollout)) ?? error;
      }
    });
  }

  async #call<T>(ref: RolloutRef, call: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
    const workflowId = rolloutWorkflowId(ref.environment, ref.rollout);
    try {
      return await call(this.#client.workflow.getHandle(workflowId));
    } catch (error) {
      throw clientFailure(error, workflowId);
    }
  }
}

function named({ environment, rollout }: RolloutRef): RolloutRef {
  return { environment, rollout };
}

/** Loaded when it is needed: most rollouts have no chart. */
const askingClusters: AskCluster = async (target, binding) =>
  (await import('./steps/ask-cluster.ts')).clusterAsker(process.env)(target, binding);
