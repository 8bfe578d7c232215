import type { DrillShape, StepRef } from '../contract/activities.ts';
import type { Freshness } from '../domain/drill/freshness.ts';
import { unfinished, type DrillVerdict } from '../domain/drill/verdict.ts';
import type { FailureSummary } from '../domain/failure.ts';
import { Grants } from './grants.ts';
import type { DrillInput, DrillStatus, RunScope } from '../contract/messages.ts';

/** The memory of one run of the drill workflow. */
export class DrillRun {
  readonly scope: RunScope;
  readonly input: DrillInput;
  readonly grants = new Grants();
  /** Null until the bundle was opened. */
  shape: DrillShape | null = null;
  readonly #workflowId: string;
  #state: DrillStatus['state'] = 'opening';
  #verdict: DrillVerdict | null = null;
  #failure: FailureSummary | null = null;
  #cancelled = false;
  #freshness: Freshness | null = null;
  #onChange: (status: DrillStatus) => void = () => undefined;

  constructor(input: DrillInput, workflowId: string, run: string) {
    const { environment, rollout, bundle } = input;
    this.input = input;
    this.#workflowId = workflowId;
    this.scope = { environment, rollout, run, bundle };
  }

  /** Whoever shows it, now and whenever it changes. */
  shownBy(show: (status: DrillStatus) => void): void {
    this.#onChange = show;
    show(this.status());
  }

  get ref(): StepRef {
    return { scope: this.scope, phase: this.input.phase, step: this.input.step };
  }

  enter(state: DrillStatus['state']): void {
    this.#state = state;
    this.#onChange(this.status());
  }

  judged(verdict: DrillVerdict): void {
    this.#verdict = verdict;
  }

  /** It came to nothing: for a drill without another verdict that is one too. */
  fail(failure: FailureSummary): void {
    this.#failure = failure;
    if (this.input.mode === 'drill') this.#verdict ??= unfinished('failed', failure);
  }

  cancel(): void {
    this.#cancelled = true;
    if (this.input.mode === 'drill') this.#verdict ??= unfinished('cancelled', null);
  }

  looked(freshness: Freshness): void {
    this.#freshness = freshness;
  }

  status(): DrillStatus {
    const { environment, rollout, phase, step, mode, bundle, startedBy } = this.input;
    return {
      environment,
      rollout,
      phase,
      step,
      mode,
      bundle,
      workflowId: this.#workflowId,
      run: this.scope.run,
      startedBy,
      state: this.#state,
      verdict: this.#verdict,
      failure: this.#failure,
      cancelled: this.#cancelled,
      freshness: this.#freshness,
    };
  }
}
