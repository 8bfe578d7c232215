import type { DrillShape, StepRef } from '../contract/activities.ts';
import { freshnessWords, type Freshness } from '../domain/drill/freshness.ts';
import { unfinished, verdictLine, type DrillVerdict } from '../domain/drill/verdict.ts';
import type { FailureSummary } from '../domain/failure.ts';
import { stepPath } from '../domain/names.ts';
import type { DrillNews } from '../domain/notification.ts';
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
  #judged = false;
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
    this.#judged = true;
  }

  /** Whether an activity has judged the backup, and did not just come to nothing. */
  get isJudged(): boolean {
    return this.#judged;
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

const WORDS: Readonly<Record<DrillStatus['mode'], string>> = {
  drill: 'drill',
  witness: 'planting of what the next backup must hold',
  freshness: 'look at what is proven',
};

/** What a run has to tell; nothing when all is well, or when somebody cancelled it. */
export function newsOf(status: DrillStatus): readonly DrillNews[] {
  return [...ending(status), ...staleness(status)];
}

function ending(status: DrillStatus): readonly DrillNews[] {
  const { verdict, failure, cancelled } = status;
  if (cancelled) return [];
  if (verdict?.verdict === 'refuted') return [news(status, 'refuted', verdictLine(verdict))];
  if (failure === null) return [];
  return [news(status, 'failed', `the ${WORDS[status.mode]} failed: ${failure.message}`)];
}

function staleness(status: DrillStatus): readonly DrillNews[] {
  const { freshness } = status;
  if (freshness === null || !freshness.stale || freshness.known) return [];
  const message = `no backup younger than ${freshness.limit} is proven (${freshnessWords(freshness)})`;
  return [news(status, 'stale', message)];
}

function news(status: DrillStatus, event: DrillNews['event'], what: string): DrillNews {
  const { environment, rollout, phase, step, run, verdict, freshness } = status;
  const message = `${rollout} → ${environment}, ${stepPath(phase, step)}: ${what}`;
  return { event, environment, rollout, phase, step, run, message, verdict, newest: freshness?.newest ?? null };
}
