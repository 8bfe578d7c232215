import { userInfo } from 'node:os';
import {
  recordedGate,
  type OpenGate,
  type RolloutStatus,
  type StartedRollout,
  type WindlassClient,
} from '../../client.ts';
import { WindlassFailure } from '../../domain/failure.ts';
import { stepPath } from '../../domain/names.ts';
import { confirm } from '../ask.ts';
import type { Cli } from '../cli.ts';
import { decide } from '../decide.ts';
import { follow } from '../follow/follow.ts';
import { followView, type FollowView } from '../follow/view.ts';
import type { Ended } from '../follow/watch-rollout.ts';
import { parkedSteps } from '../operate.ts';
import { blockLines } from '../view/blocks.ts';
import { commandLine } from '../../domain/command-line.ts';
import { failureLines } from '../view/failure.ts';
import { gateLines } from '../view/gate.ts';
import type { SupervisedWorker } from './worker.ts';

/** Who approves in a demo: environments that a demo is made for let this identity decide. */
const IDENTITY = 'demo';

/**
 * Shows a rollout until it ends, deciding its gates on the way: a person is asked at a terminal, else they are approved.
 *
 * @throws WindlassFailure of a parked step where nobody is there to mend it.
 * @throws Interruption on Ctrl-C.
 */
export async function carryThrough(
  cli: Cli,
  client: WindlassClient,
  ref: StartedRollout,
  worker: SupervisedWorker,
): Promise<Ended> {
  const view = followView(cli, 'table only');
  const gates = new GateKeeper(cli, client, ref, view, worker);
  for await (const seen of follow(client, ref, { signal: cli.signal })) {
    view.show(seen);
    if (seen.kind === 'ended') {
      const { status, unchanged, failure } = seen;
      if (failure !== null) cli.say(...failureLines(failure));
      return { status, unchanged, ...(failure === null ? {} : { error: failure }) };
    }
    await worker.ensure(view);
    if (seen.kind !== 'status') continue;
    await gates.decideOpen(seen.status);
    if (!cli.interactive) refuseParked(cli, seen.status);
  }
  throw new RangeError('a rollout was followed to no end');
}

/** Without a person nothing would ever go on from here. */
function refuseParked(cli: Cli, status: RolloutStatus): void {
  if (status.state !== 'blocked' || parkedSteps(status).length === 0) return;
  const failure = status.phases.flatMap((phase) => phase.steps.flatMap((step) => step.failure ?? []))[0];
  cli.say(...blockLines(status, cli.paint, 'commands', cli.human.columns));
  throw new WindlassFailure(failure?.type ?? 'Internal', 'A step is parked; the rollout waits for an operator.', {
    object: parkedSteps(status)
      .map(({ phase, step }) => stepPath(phase, step))
      .join(', '),
    next: `Start a worker with \`windlass worker\`, mend the cause, then: ${commandLine('retry', status)}`,
  });
}

/** Decides each gate once: a gate that was left open on purpose is not asked about again. One whose answer was lost is. */
class GateKeeper {
  readonly #cli: Cli;
  readonly #client: WindlassClient;
  readonly #ref: StartedRollout;
  readonly #view: FollowView;
  readonly #worker: SupervisedWorker;
  readonly #met = new Set<string>();
  /** Gates of which nobody knows whether their decision arrived. */
  readonly #unanswered = new Set<string>();

  constructor(cli: Cli, client: WindlassClient, ref: StartedRollout, view: FollowView, worker: SupervisedWorker) {
    this.#cli = cli;
    this.#client = client;
    this.#ref = ref;
    this.#view = view;
    this.#worker = worker;
  }

  async decideOpen(status: RolloutStatus): Promise<void> {
    const gates = status.phases.flatMap((phase) => phase.steps.flatMap((step) => step.gate ?? []));
    for (const gate of gates) {
      const id = [gate.phase, gate.step, gate.changeDigest, gate.openedAt].join(' ');
      if (this.#met.has(id)) continue;
      this.#met.add(id);
      try {
        await this.#meet(status, gate);
      } catch (error) {
        this.#outlive(id, error);
      }
    }
  }

  /**
   * Servers and workers that go away in a demo are nothing that ends it: the gate is met again once somebody answers. A decision that
   * is denied then had arrived the first time.
   *
   * @throws the error where it is another one.
   */
  #outlive(id: string, error: unknown): void {
    const type = error instanceof WindlassFailure ? error.type : null;
    if (type === 'DecisionDenied' && this.#unanswered.has(id)) return;
    if (type !== 'TargetUnreachable') throw error;
    this.#unanswered.add(id);
    this.#met.delete(id);
    this.#cli.say('The decision was not answered: the gate is asked about again if it is still open.', '');
  }

  async #meet(status: RolloutStatus, gate: OpenGate): Promise<void> {
    const cli = this.#cli;
    const at = stepPath(gate.phase, gate.step);
    this.#view.pause();
    const { changes } = await recordedGate(this.#client.config, status, gate);
    cli.say('', ...gateLines(gate, cli.paint, changes, cli.human.columns));
    if (!cli.interactive) {
      cli.say(`Nobody can be asked, since this is not a terminal: approving as \`${IDENTITY}\`.`);
      await this.#approve(status, gate, 'approved by the demo itself: there was no terminal to ask at');
      return;
    }
    if (await confirm(cli, `Approve ${at} as ${IDENTITY}?`)) await this.#approveOrTell(status, gate);
    else cli.say(`The gate stays open. From another terminal: ${commandLine('approve', this.#ref, at)}`, '');
  }

  /** A gate that was decided elsewhere meanwhile, or is not this person's to decide, is no reason to end the demo. */
  async #approveOrTell(status: RolloutStatus, gate: OpenGate): Promise<void> {
    try {
      await this.#approve(status, gate, `approved at the terminal by ${userInfo().username}`);
    } catch (error) {
      if (!(error instanceof WindlassFailure) || error.type !== 'DecisionDenied') throw error;
      this.#cli.say(...failureLines(error.summary()));
    }
    this.#cli.say('');
  }

  async #approve(status: RolloutStatus, gate: OpenGate, comment: string): Promise<void> {
    await this.#worker.during(
      () => decide(this.#cli, this.#client, this.#ref, 'approve', { status, gate }, { by: IDENTITY, comment }),
      this.#view,
    );
  }
}
