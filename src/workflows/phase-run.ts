import { condition } from '@temporalio/workflow';
import type { StepRef } from '../contract/activities.ts';
import type { Decision, OpenGate } from '../domain/gate.ts';
import { LIMITS } from '../domain/limits.ts';
import type { PhaseShape } from '../domain/shape.ts';
import { phaseState, type PhaseStatus, type StepStatus } from '../domain/status.ts';
import { Docket } from './docket.ts';
import { PhasePause } from './phase-pause.ts';
import { Grants } from './grants.ts';
import { since } from './since.ts';
import type { Command, PhaseInput, RunScope } from '../contract/messages.ts';

/** Anybody can send them, and the oldest go. */
const MOST_WAITING = LIMITS.waiting.most;

/** The memory of one phase workflow: how its steps stand, and the messages that wait to be taken up by them. */
export class PhaseRun {
  readonly scope: RunScope;
  readonly phase: PhaseShape;
  readonly grants = new Grants();
  /** Denials of what was sent past the rollout. */
  readonly #docket = new Docket(() => undefined);
  /** Set when somebody aborted a step; ends the phase. */
  onAbort: () => void = () => undefined;
  readonly #steps: Map<string, StepStatus>;
  /** Whether the rollout is told only what it decides upon. Phases of before tell it every change. */
  readonly #sparing = since('told-what-is-decided');
  /** Steps whose state the rollout has not been told yet. */
  readonly #untold = new Set<string>();
  /** What the rollout knows of all that it decides upon. */
  #known: string;
  #told: number;
  /** How often the steps have changed. */
  #version = 0;
  #decisions: Decision[] = [];
  readonly #commands: Command[] = [];
  readonly pause: PhasePause;

  constructor(input: PhaseInput) {
    this.scope = input.scope;
    this.phase = input.phase;
    this.#told = input.told ?? 0;
    this.pause = new PhasePause(input.pauses);
    const carried = input.steps ?? input.phase.steps.map((step) => pendingStep(step.name, step.kind));
    this.#steps = new Map(carried.map((step) => [step.name, step]));
    // What the run before did not tell would be told by nobody.
    if (this.#sparing) for (const { name, state } of carried) if (state !== 'pending') this.#untold.add(name);
    this.#known = this.#decidedUpon();
  }

  step(name: string): StepStatus {
    const status = this.#steps.get(name);
    if (!status) throw new RangeError(`phase ${this.phase.name} has no step ${name}`);
    return status;
  }

  update(name: string, patch: Partial<StepStatus>): void {
    this.#steps.set(name, { ...this.step(name), ...patch });
    this.#untold.add(name);
    this.#version += 1;
  }

  /** Grows with every change of a step. */
  get version(): number {
    return this.#version;
  }

  /** Whether the rollout must be told something: a gate has opened or closed, a step was parked or goes on, or nothing but such is left. */
  get hasNews(): boolean {
    if (this.#untold.size === 0) return false;
    return !this.#sparing || this.#decidedUpon() !== this.#known;
  }

  /** What the rollout must be told: the steps that changed, and no others, or histories would grow with their square. */
  takeNews(): readonly StepStatus[] {
    const news = [...this.#untold].map((name) => this.step(name));
    this.#untold.clear();
    this.#known = this.#decidedUpon();
    this.#told += 1;
    return news;
  }

  /** How many times news was taken to be told. */
  get told(): number {
    return this.#told;
  }

  status(): PhaseStatus {
    const steps = [...this.#steps.values()];
    return { name: this.phase.name, state: phaseState(steps), steps };
  }

  /** All that somebody may decide upon, in a form that can be compared. How the phase ends is its result, which nobody need be told. */
  #decidedUpon(): string {
    const steps = [...this.#steps.values()];
    const waits = steps.flatMap(({ name, state, gate, parkings = 0 }) => {
      if (gate !== null) {
        const approvals = (gate.approvals ?? []).map(({ by }) => ` by ${by}`).join('');
        return [`gate ${name} ${gate.changeDigest} ${gate.openedAt}${approvals}`];
      }
      return state === 'parked' ? [`parked ${name} ${String(parkings)}`] : [];
    });
    return [phaseState(steps) === 'blocked' ? 'blocked' : 'going on', ...waits].join('\n');
  }

  ref(step: string): StepRef {
    return { scope: this.scope, phase: this.phase.name, step };
  }

  /** Counts a denial of what was sent past the rollout. */
  denied(): void {
    this.#docket.denied();
  }

  /** Whether another denial is put on record: not in a flood of them. */
  get recordsDenials(): boolean {
    return this.#docket.recordsDenials || !since('denials-bounded');
  }

  putDecision(decision: Decision): void {
    this.#decisions.push(decision);
    if (this.#decisions.length > MOST_WAITING && since('waiting-bounded')) this.#decisions.shift();
  }

  /** Takes a decision out that was made over exactly what this gate shows; older ones over other changes are dropped. */
  takeDecision({ step, changeDigest, waives }: OpenGate): Decision | null {
    const isOver = (one: Decision) => one.step === step && one.changeDigest === changeDigest;
    // An approval from before something had to be waived waives nothing; a rejection rejects all the same.
    const at = this.#decisions.findIndex((one) => isOver(one) && (one.verdict !== 'approve' || one.waives === waives));
    return at < 0 ? null : (this.#decisions.splice(at, 1)[0] ?? null);
  }

  /** Drops what was decided over a step before now. */
  forgetDecisions(step: string): void {
    this.#decisions = this.#decisions.filter((decision) => decision.step !== step);
  }

  putCommand(command: Command): void {
    // A command for a step that is not parked was refused by the rollout, unless both crossed; then it has no meaning.
    if (this.#steps.get(command.step)?.state !== 'parked') return;
    this.#commands.push(command);
    if (this.#commands.length > MOST_WAITING && since('waiting-bounded')) this.#commands.shift();
  }

  /** Waits for an operator's command to a parked step. */
  async nextCommand(step: string): Promise<Command> {
    const find = () => this.#commands.findIndex((command) => command.step === step);
    await condition(() => find() >= 0);
    const [command] = this.#commands.splice(find(), 1);
    return command as Command;
  }
}

/** A step that has not begun. */
export function pendingStep(name: string, kind: string): StepStatus {
  return {
    name,
    kind,
    state: 'pending',
    plan: null,
    gate: null,
    failure: null,
    decidedBy: null,
    startedAt: null,
    endedAt: null,
  };
}
