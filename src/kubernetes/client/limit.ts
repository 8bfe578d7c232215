/** How many requests may be in flight at first, at least and at most. */
export interface LimitRange {
  readonly start: number;
  readonly least: number;
  readonly most: number;
}

/** 16 in flight is where the API server of the benchmarks gives most (docs/decisions/0010-http-1.1.md). */
const RANGE: LimitRange = { start: 16, least: 1, most: 64 };

/** A window of answers this many times slower than usual is taken for a server in trouble... */
const SLOW = 2;
/** ...unless answers are as fast as this all the same, in ms. */
const FAST_MS = 100;
/** Weight of a new window in what is usual. */
const WEIGHT = 0.1;
/** Fewer answers than this tell nothing, however few may be in flight. */
const WINDOW = 8;

interface Waiter {
  readonly enter: () => void;
}

/** How a request went: answered, refused for being one too many (429), or without an answer to learn from. */
export type Outcome = 'answered' | 'refused' | 'lost';

/**
 * How many requests may be in flight at once, found out from how the server takes them: one more after each window in
 * which all that were allowed were used and answered as fast as usual, a fifth fewer after one that was far slower, half
 * as many when the server refuses one (additive increase, multiplicative decrease). Who must wait waits in order.
 */
export class AdaptiveLimit {
  readonly #range: LimitRange;
  readonly #queue: Waiter[] = [];
  #limit: number;
  #inFlight = 0;
  /** Counts the cuts; answers to what was sent before the last one say nothing about what is allowed now. */
  #epoch = 0;
  #answers = 0;
  #sumMs = 0;
  #full = false;
  #usualMs: number | undefined;

  constructor(range: LimitRange = RANGE) {
    this.#range = range;
    this.#limit = range.start;
  }

  /** How many may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /**
   * Waits until one more may be sent.
   *
   * @returns what must be called, once, when the request is over, with how it went and how long it took.
   * @throws the signal's reason when it aborts while waiting.
   */
  async enter(signal?: AbortSignal): Promise<(outcome: Outcome, ms: number) => void> {
    signal?.throwIfAborted();
    if (this.#inFlight >= this.limit) await this.#wait(signal);
    else this.#inFlight += 1;
    if (this.#inFlight >= this.limit) this.#full = true;
    const epoch = this.#epoch;
    return (outcome, ms) => {
      this.#inFlight -= 1;
      if (epoch === this.#epoch) this.#learn(outcome, ms);
      this.#admit();
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        reject(signal?.reason as Error);
      };
      const waiter = {
        enter: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#queue.push(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #admit(): void {
    while (this.#queue.length > 0 && this.#inFlight < this.limit) {
      this.#inFlight += 1;
      this.#queue.shift()?.enter();
    }
  }

  #learn(outcome: Outcome, ms: number): void {
    if (outcome === 'lost') return;
    if (outcome === 'refused') {
      this.#cut(0.5);
      return;
    }
    this.#answers += 1;
    this.#sumMs += ms;
    if (this.#answers < Math.max(this.limit, WINDOW)) return;
    const meanMs = this.#sumMs / this.#answers;
    const usualMs = this.#usualMs ?? meanMs;
    this.#usualMs = usualMs + WEIGHT * (meanMs - usualMs);
    if (meanMs > FAST_MS && meanMs > SLOW * usualMs) this.#cut(0.8);
    else if (this.#full) this.#limit = Math.min(this.#range.most, this.#limit + 1);
    this.#begin();
  }

  #cut(to: number): void {
    this.#limit = Math.max(this.#range.least, this.#limit * to);
    this.#epoch += 1;
    this.#begin();
  }

  /** Begins another window. */
  #begin(): void {
    this.#answers = 0;
    this.#sumMs = 0;
    this.#full = false;
  }
}
