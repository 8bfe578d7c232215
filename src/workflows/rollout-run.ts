import type { FailureSummary } from '../domain/failure.ts';
import { lackingAt, withApproval } from '../domain/approving.ts';
import type { Decision, OpenGate } from '../domain/gate.ts';
import type { RolloutShape } from '../domain/shape.ts';
import {
  phaseState,
  rolloutState,
  stateIfPaused,
  type PhaseState,
  type PhaseStatus,
  type RolloutState,
  type RolloutStatus,
  type StepStatus,
} from '../domain/status.ts';
import type { Moment } from '../domain/measured.ts';
import type { PhaseNews, RolloutInput, RolloutMemory, RunScope } from '../contract/messages.ts';
import { Measurements, type Read } from './measurements.ts';
import { pendingStep } from './phase-run.ts';
import { RolloutPause } from './rollout-pause.ts';

/** The memory of one rollout workflow: what its phases told it, and which gates are open. */
export class RolloutRun {
  readonly scope: RunScope;
  readonly input: RolloutInput;
  readonly measurements = new Measurements();
  readonly pause: RolloutPause;
  readonly #workflowId: string;
  #opened = false;
  #shape: RolloutShape = { phases: [], groups: {}, selfApproval: false };
  #phases = new Map<string, PhaseStatus>();
  #failure: FailureSummary | null = null;
  /** Gates with a decision under way, so that a second one is refused and not queued behind it. */
  readonly #decided = new Set<string>();
  /** Of gates that several must approve, what was decided since they opened. */
  readonly #underWay = new Map<string, readonly Decision[]>();
  #dropped = 0;
  #unrecorded = 0;
  /** Of each phase, how many signals came in its name that it did not send; '' is for phases that do not run. */
  readonly #forged = new Map<string, number>();
  /** Of phases that cannot begin, why. */
  readonly #heldUp = new Map<string, string>();
  #dirty = true;
  #version = 0;

  /** @param memory of the run before, where this one continues it. */
  constructor(input: RolloutInput, workflowId: string, run: string, memory: RolloutMemory | null = null) {
    this.input = input;
    this.#workflowId = workflowId;
    this.pause = new RolloutPause(memory, () => (this.dirty = true));
    this.scope = { environment: input.environment, rollout: input.rollout, run, bundle: input.bundle };
    if (memory !== null) this.#recall(memory);
  }

  /** Whether something has changed since somebody showed it, and has set this back. */
  get dirty(): boolean {
    return this.#dirty;
  }

  set dirty(isDirty: boolean) {
    this.#dirty = isDirty;
    if (isDirty) this.#version += 1;
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  get shape(): RolloutShape {
    return this.#shape;
  }

  open(shape: RolloutShape): void {
    this.#opened = true;
    this.#shape = shape;
    this.measurements.open(shape.measures ?? []);
    this.dirty = true;
    for (const { name, steps } of shape.phases) {
      this.#phases.set(name, {
        name,
        state: 'pending',
        steps: steps.map((step) => pendingStep(step.name, step.kind)),
      });
    }
  }

  /** The skeleton of a bundle that a run before has opened. */
  reopen(shape: RolloutShape): void {
    this.#shape = shape;
  }

  #recall(memory: RolloutMemory): void {
    const { opened, groups, selfApproval, measures, phases, failure, decided, dropped, forged } = memory;
    this.#opened = opened;
    this.#shape = { phases: [], groups, selfApproval };
    this.measurements.recall(measures);
    for (const { steps, ...phase } of phases) {
      const all = steps.map((step): StepStatus => ({ ...pendingStep(step.name, step.kind), ...step }));
      this.#phases.set(phase.name, { ...phase, steps: all });
    }
    this.#failure = failure;
    for (const gate of decided) this.#decided.add(gate);
    this.#dropped = dropped;
    for (const [phase, count] of Object.entries(forged)) this.#forged.set(phase, count);
  }

  /** All that the next run must know to go on with the rollout. */
  memory(): Omit<RolloutMemory, 'runs' | 'open' | 'denials' | 'held'> {
    const { groups, selfApproval } = this.#shape;
    const open = new Set(this.#openGates().map(gateKey));
    return {
      ...{ opened: this.#opened, groups, selfApproval, measures: this.measurements.all },
      phases: carried([...this.#phases.values()]),
      failure: this.#failure,
      // What was decided over a gate that is closed is decided over no other.
      decided: [...this.#decided].filter((gate) => open.has(gate)),
      dropped: this.#dropped,
      forged: Object.fromEntries(this.#forged),
      ...this.pause.memory(),
    };
  }

  /** Whether the bundle was opened, by this run or one before. */
  get opened(): boolean {
    return this.#opened;
  }

  /** A phase has begun. @param run the first run of its workflow. */
  phaseBegan(name: string, run: string): void {
    const known = this.#phases.get(name);
    if (known === undefined) return;
    this.#phases.set(name, { ...known, state: goingOn(known.state), run });
    this.dirty = true;
  }

  /** A phase cannot begin. @param why a sentence; null once it can. */
  holdUp(name: string, why: string | null): void {
    if ((this.#heldUp.get(name) ?? null) === why) return;
    if (why === null) this.#heldUp.delete(name);
    else this.#heldUp.set(name, why);
    this.dirty = true;
  }

  /** Takes in how some steps of a phase stand now; the others stand as they did. */
  phaseChanged({ phase, steps: news }: PhaseNews): void {
    // A phase that the bundle does not have would never end, and the rollout with it.
    const known = this.#phases.get(phase);
    if (known === undefined) return;
    const changed = new Map(news.map((step) => [step.name, step]));
    const steps = known.steps.map((step) => changed.get(step.name) ?? step);
    const state = phaseState(steps);
    this.#phases.set(phase, { ...known, state: known.run === undefined ? state : goingOn(state), steps });
    this.dirty = true;
  }

  phase(name: string): PhaseStatus | undefined {
    return this.#phases.get(name);
  }

  /** A phase that has not begun never will. */
  giveUp(name: string): void {
    const known = this.#phases.get(name);
    if (known === undefined) return;
    this.phaseChanged({ phase: name, steps: known.steps.map((step) => ({ ...step, state: 'cancelled' })) });
  }

  /** As `Measurements.take`. */
  measured(moment: Moment, readings: readonly Read[], why: string): void {
    this.measurements.take(moment, readings, why);
    this.dirty = true;
  }

  /** The rollout cannot go on as a whole; the first reason stays. */
  fail(failure: FailureSummary): void {
    this.#failure ??= failure;
    this.dirty = true;
  }

  /** So many messages were dropped until now, since they were of no form that a rollout takes. */
  drop(count: number): void {
    this.#dropped = count;
    this.dirty = true;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** So many denials were not put on record until now, since there were too many. */
  leaveOut(count: number): void {
    this.#unrecorded = count;
    this.dirty = true;
  }

  /** So many signals came in the name of a phase that it did not send; without a phase, so many more. */
  forged(count: number, phase?: string): void {
    this.#forged.set(phase ?? '', phase === undefined ? (this.#forged.get('') ?? 0) + count : count);
    this.dirty = true;
  }

  /** Open gates without a decision, with the approvals that their phases have not told yet. */
  gates(): readonly OpenGate[] {
    return this.#openGates()
      .filter((gate) => !this.#decided.has(gateKey(gate)))
      .map((gate) => (this.#underWay.get(gateKey(gate)) ?? []).reduce(withApproval, gate));
  }

  #openGates(): readonly OpenGate[] {
    return [...this.#phases.values()].flatMap(({ steps }) => steps.flatMap(({ gate }) => (gate ? [gate] : [])));
  }

  /**
   * Takes a gate out of those that may be decided, once it is.
   *
   * @returns who must approve besides, in words; null where nobody must.
   */
  claim(decision: Decision): string | null {
    const { phase, step, verdict } = decision;
    const gate = this.gates().find((open) => open.phase === phase && open.step === step);
    if (gate === undefined) return null;
    const key = gateKey(gate);
    const lacks = verdict === 'reject' ? null : lackingAt(withApproval(gate, decision));
    if (lacks === null) this.#decided.add(key);
    else this.#underWay.set(key, [...(this.#underWay.get(key) ?? []), decision]);
    return lacks;
  }

  status(): RolloutStatus {
    const phases = [...this.#phases.values()].map((phase) => {
      const heldUp = this.#heldUp.get(phase.name);
      return heldUp === undefined ? phase : { ...phase, heldUp };
    });
    const failure = this.#failure;
    const paused = this.pause.status();
    const state: RolloutState = failure === null ? stateIfPaused(rolloutState(phases), paused.paused) : 'failed';
    const { rollout, environment, bundle, startedBy } = this.input;
    const forged = [...this.#forged.values()].reduce((sum, count) => sum + count, 0);
    return {
      rollout,
      environment,
      bundle,
      workflowId: this.#workflowId,
      run: this.scope.run,
      startedBy,
      state,
      failure,
      phases,
      ...paused,
      ...this.measurements.status(),
      ...(this.#dropped === 0 ? {} : { dropped: this.#dropped }),
      ...(forged === 0 ? {} : { forged }),
      ...(this.#unrecorded === 0 ? {} : { unrecorded: this.#unrecorded }),
    };
  }
}

/** Most characters of what is carried over of phases: Temporal takes 2 MiB of an argument. */
const LARGEST_CARRIED = 700_000;

/** Phases as they are carried over: where they are many, without the lines of plans that nobody has to decide upon. */
function carried(phases: readonly PhaseStatus[]): RolloutMemory['phases'] {
  const all = phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) => (isUntouched(step) ? { name: step.name, kind: step.kind } : step)),
  }));
  if (JSON.stringify(all).length <= LARGEST_CARRIED) return all;
  return all.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) =>
      'plan' in step && step.plan !== null && step.gate === null
        ? { ...step, plan: { ...step.plan, lines: [], more: step.plan.more + step.plan.lines.length } }
        : step,
    ),
  }));
}

function isUntouched({ state, startedAt, openings, parkings }: StepStatus): boolean {
  return state === 'pending' && startedAt === null && openings === undefined && parkings === undefined;
}

/** A phase that has begun goes on before it tells of any step. */
function goingOn(state: PhaseState): PhaseState {
  return state === 'pending' ? 'running' : state;
}

/** A gate that reopens over the same changes (rejected, then retried) is a new gate: its opening time tells them apart. */
function gateKey(gate: OpenGate): string {
  return `${gate.phase}/${gate.step}/${gate.changeDigest}/${gate.openedAt}`;
}
