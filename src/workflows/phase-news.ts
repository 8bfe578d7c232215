import { CancellationScope, condition, log, sleep } from '@temporalio/workflow';
import type { OpenPhase, PhaseAnswer, PhaseNews, RolloutMemory } from '../contract/messages.ts';
import { phaseReader } from './activities.ts';
import type { RolloutRun } from './rollout-run.ts';

/** How long what was told in the name of a phase may be shown before the phase is asked. */
const CONFIRM_MS = 10_000;

/** How often a phase is asked again that tells something new meanwhile: from the second answer on, a forgery is certain. */
const ASKED = 3;

/** A phase that was begun and has not ended. */
interface Running {
  /** How many signals came in its name. */
  heard: number;
  /** How many it had sent by its latest answer. */
  sent: number;
  /** Whether more came than it sent: what comes in its name is no longer believed. */
  doubted: boolean;
}

/**
 * What phases tell the rollout by signal. Anybody can send one, and a workflow is not told from whom it comes: news is shown
 * at once, and confirmed by asking the phase itself, soon after and before anybody's decision is judged by it. A phase counts
 * what it sends, so one signal too many gives a forger away; from then on that phase is only ever asked. How a phase ended is
 * its result, which nobody can send.
 */
export class PhaseNewsDesk {
  readonly #run: RolloutRun;
  readonly #running = new Map<string, Running>();
  readonly #ended = new Set<string>();
  readonly #unconfirmed = new Set<string>();
  /** Phases of which everything that is known is their own word. */
  readonly #certain = new Set<string>();

  /** @param memory of the run before, where this one continues it. */
  constructor(run: RolloutRun, memory: RolloutMemory | null) {
    this.#run = run;
    for (const { name, run: first } of memory?.phases ?? []) if (first !== undefined) this.#ended.add(name);
    for (const { name, heard, sent, doubted } of memory?.open ?? []) {
      this.#ended.delete(name);
      this.#running.set(name, { heard, sent, doubted });
      // What was told while no run of the rollout was there to be told is asked for at once.
      void CancellationScope.nonCancellable(() => this.confirm(name));
    }
    void CancellationScope.nonCancellable(() => this.#confirmAll());
  }

  /** Called before the phase is started: it may tell something before the rollout hears that it runs. */
  begin(phase: string): void {
    this.#running.set(phase, { heard: 0, sent: 0, doubted: false });
  }

  take(news: PhaseNews): void {
    // Of a phase whose rollout was terminated, before it has noticed.
    if (news.run !== undefined && news.run !== this.#run.scope.run) return;
    const phase = this.#running.get(news.phase);
    if (phase === undefined) {
      this.#run.forged(1);
      return;
    }
    phase.heard += 1;
    this.#certain.delete(news.phase);
    this.#unconfirmed.add(news.phase);
    if (!phase.doubted) this.#run.phaseChanged(news);
  }

  /** The phase has ended: nothing that comes in its name counts from now on. */
  end(phase: string): void {
    this.#running.delete(phase);
    this.#unconfirmed.delete(phase);
    this.#certain.delete(phase);
    this.#ended.add(phase);
  }

  hasEnded(phase: string): boolean {
    return this.#ended.has(phase);
  }

  /** Makes the rollout know how a phase stands, by its own word. Where it does not answer, what was told stands. */
  async confirm(name: string): Promise<void> {
    const phase = this.#running.get(name);
    if (phase === undefined) return;
    for (let asked = 1; asked <= ASKED; asked++) {
      const heard = phase.heard;
      const answer = await phaseReader(name)
        .askPhase(...this.#asked(name))
        .catch(() => null);
      if (answer === null || !this.#running.has(name)) return;
      if (this.#accept(name, phase, answer, heard)) return;
    }
  }

  /** The same where anything came in the name of a phase since it was asked: a gate that was open for long costs no question. */
  async confirmDoubtful(name: string): Promise<void> {
    if (!this.#certain.has(name)) await this.confirm(name);
  }

  #asked(name: string): Parameters<ReturnType<typeof phaseReader>['askPhase']> {
    const first = this.#run.phase(name)?.run;
    return first === undefined ? [this.#run.scope, name] : [this.#run.scope, name, first];
  }

  /** The phases that go on, for the next run. */
  memory(): readonly OpenPhase[] {
    return [...this.#running].flatMap(([name, known]) => {
      const run = this.#run.phase(name)?.run;
      return run === undefined ? [] : [{ name, run, ...known }];
    });
  }

  /** Whether the answer settles how the phase stands; it does not when news came after it. */
  #accept(name: string, phase: Running, { status, told }: PhaseAnswer, heard: number): boolean {
    if (heard > told && !phase.doubted) {
      phase.doubted = true;
      log.warn('more news came in the name of a phase than it sent', { phase: name });
    }
    if (phase.doubted) this.#run.forged(Math.max(0, heard - told), name);
    else if (phase.heard > told) return false;
    // Of two answers that crossed, the later one stands.
    if (told < phase.sent) return true;
    phase.sent = told;
    if (!phase.doubted) this.#certain.add(name);
    this.#run.phaseChanged({ phase: name, steps: status.steps });
    return true;
  }

  async #confirmAll(): Promise<void> {
    for (;;) {
      await condition(() => this.#unconfirmed.size > 0);
      // One timer for whatever comes meanwhile: news of steps that are quick costs no question each.
      await sleep(CONFIRM_MS);
      const names = [...this.#unconfirmed];
      this.#unconfirmed.clear();
      // Side by side: a phase that does not answer keeps none of the others waiting.
      await Promise.all(names.map((name) => this.confirm(name)));
    }
  }
}
