import { AsyncLocalStorage } from 'node:async_hooks';
import type { ApplicationFailure } from '@temporalio/activity';
import type { Logger } from '@temporalio/common';
import { pauseFor } from '../clock.ts';
import { WindlassFailure } from '../domain/failure.ts';
import type { Attempts } from './attempts.ts';
import { toFailure } from './failures.ts';
import { sideBySide } from './side-by-side.ts';

/** An open gate that is watched. There may be thousands: it holds no bundle, no connection and no secret. */
export interface Watch {
  /** The activity that waits; a later attempt of it takes the place of an earlier one. */
  readonly activity: string;
  /** The attempt's task token. */
  readonly token: Uint8Array;
  /** How long Temporal waits for a heartbeat, in milliseconds. */
  readonly heartbeatTimeoutMs: number;
  /** What is looked at. Gates of one place take turns, and a place that does not answer holds up its own gates alone. */
  readonly place: string;
  /** How long its place is left alone between two rounds, in milliseconds. */
  readonly pauseMs: number;
  /** Whether what the gate waits for came about. */
  readonly look: (signal: AbortSignal) => Promise<boolean>;
  /** Names the gate in the log. */
  readonly about: Readonly<Record<string, unknown>>;
}

interface Held {
  readonly watch: Watch;
  /** By `performance.now()`. */
  beatAt: number;
}

/** Looks at one place that are under way at once. */
const LOOKS_AT_ONCE = 2;
/**
 * After each look comes a rest of so many times its length, up to so many milliseconds, and once more for each so many gates: looking
 * at a thousand of them must leave the worker and the place free for what people wait for.
 */
const REST = { times: 3, mostMs: 1_000, perGates: 100 } as const;
/** Heartbeats that are under way at once, over one connection: a thousand gates keep theirs while each takes seconds. */
const BEATS_AT_ONCE = 16;
/** How often it is looked which heartbeats are due. */
const TICK_MS = 500;
/**
 * Part of its heartbeat timeout after which a gate's heartbeat is sent: late enough to be cheap, with time for a second one. Not the same
 * for all, since gates that were taken up at once, as after a restart, would have their heartbeats at once for ever.
 */
const BEAT_AT = { earliest: 0.35, latest: 0.55 } as const;
/** How long handing gates over may take when the worker ends. */
const HAND_OVER_MS = 5_000;

/**
 * Watches what open gates wait for, for all gates of a worker: an activity that waited by itself would hold one of the worker's
 * slots for as long as its gate is open, which may be days.
 *
 * Gates that were not handed over go to another worker when their heartbeats run out.
 */
export class GateWatcher {
  readonly #attempts: Attempts;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #held = new Map<string, Held>();
  readonly #places = new Map<string, Set<Held>>();
  readonly #closing = new AbortController();
  /** What begins in an activity would keep that activity's context for all others. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #beats = false;

  constructor(attempts: Attempts, log: Pick<Logger, 'info' | 'warn'>) {
    this.#attempts = attempts;
    this.#log = log;
  }

  /** How many gates are watched. */
  get size(): number {
    return this.#held.size;
  }

  /** Watches a gate until its attempt ends. @throws WindlassFailure `Interrupted` when this worker is about to end. */
  watch(watch: Watch): void {
    if (this.#closing.signal.aborted) throw interrupted();
    const before = this.#held.get(watch.activity);
    if (before !== undefined) this.#drop(before);
    const held: Held = { watch, beatAt: nextBeat(watch) };
    this.#held.set(watch.activity, held);
    if (!this.#beats) {
      this.#beats = true;
      void this.#outside(() => this.#beatAll());
    }
    const place = this.#places.get(watch.place);
    place?.add(held);
    if (place !== undefined) return;
    this.#places.set(watch.place, new Set([held]));
    void this.#outside(() => this.#visit(watch.place, watch.pauseMs));
  }

  /** Looks no more, and hands the gates over: Temporal gives them to another worker at once. Never rejects, and never hangs. */
  async close(): Promise<void> {
    this.#closing.abort();
    const until = performance.now() + HAND_OVER_MS;
    const failure = toFailure(interrupted());
    const gates = [...this.#held.values()];
    let left = 0;
    await sideBySide(BEATS_AT_ONCE, gates, async (held) => {
      const told =
        performance.now() < until && (await this.#told(held, (token) => this.#attempts.fail(token, failure)));
      if (!told) left += 1;
      this.#drop(held);
    });
    if (gates.length > 0) this.#log.info('gates handed over', { gates: gates.length, left });
  }

  async #beatAll(): Promise<void> {
    while (this.#held.size > 0 && (await this.#pause(TICK_MS))) {
      const now = performance.now();
      const due = [...this.#held.values()].filter(({ beatAt }) => beatAt <= now);
      const missed: unknown[] = [];
      await sideBySide(BEATS_AT_ONCE, due, async (held) => {
        try {
          if (await this.#attempts.beat(held.watch.token)) held.beatAt = nextBeat(held.watch);
          else this.#drop(held);
        } catch (error) {
          missed.push(error);
        }
      });
      // One line for all of them: when Temporal is away, every gate misses.
      const [error] = missed;
      if (missed.length > 0 && !this.#closing.signal.aborted)
        this.#log.warn('heartbeats of watched gates were not taken', { missed: missed.length, of: due.length, error });
    }
    this.#beats = false;
  }

  /** Goes round the gates of a place for as long as there are any. */
  async #visit(place: string, pauseMs: number): Promise<void> {
    for (;;) {
      const gates = this.#places.get(place) ?? new Set();
      if (gates.size === 0) break;
      await sideBySide(LOOKS_AT_ONCE, [...gates], async (held) => {
        const began = performance.now();
        await this.#lookAt(held);
        const times = REST.times + gates.size / REST.perGates;
        await this.#pause(Math.min((performance.now() - began) * times, REST.mostMs));
      });
      if (!(await this.#pause(pauseMs))) break;
    }
    this.#places.delete(place);
  }

  async #lookAt(held: Held): Promise<void> {
    const { signal } = this.#closing;
    const { look, about } = held.watch;
    if (!this.#holds(held)) return;
    let failure: ApplicationFailure | null = null;
    try {
      if (!(await look(signal))) return;
    } catch (error) {
      // The attempt fails where everybody sees it, with Temporal's growing pauses, and another worker may reach the place.
      // It is never the last one: whatever kept a look from being made may be mended while the gate is open.
      failure = toFailure(error, { retryable: true });
      if (!signal.aborted && this.#holds(held))
        this.#log.warn('watch failed', { ...about, failure: failure.message, error });
    }
    if (signal.aborted || !this.#holds(held)) return;
    const end = (token: Uint8Array) =>
      failure === null ? this.#attempts.complete(token) : this.#attempts.fail(token, failure);
    // What Temporal was not told now is seen again in the next round.
    if (!(await this.#told(held, end))) return;
    if (failure === null) this.#log.info('watch done', about);
    this.#drop(held);
  }

  async #told(held: Held, tell: (token: Uint8Array) => Promise<void>): Promise<boolean> {
    try {
      await tell(held.watch.token);
      return true;
    } catch (error) {
      this.#log.warn('Temporal was not told what became of a watched gate', { ...held.watch.about, error });
      return false;
    }
  }

  /** False when the worker is about to end. */
  #pause(ms: number): Promise<boolean> {
    const { signal } = this.#closing;
    return pauseFor(ms, signal).then(
      () => true,
      () => false,
    );
  }

  #holds(held: Held): boolean {
    return this.#held.get(held.watch.activity) === held;
  }

  #drop(held: Held): void {
    if (this.#holds(held)) this.#held.delete(held.watch.activity);
    this.#places.get(held.watch.place)?.delete(held);
  }
}

function nextBeat({ heartbeatTimeoutMs }: Watch): number {
  const { earliest, latest } = BEAT_AT;
  return performance.now() + heartbeatTimeoutMs * (earliest + Math.random() * (latest - earliest));
}

function interrupted(): WindlassFailure {
  return new WindlassFailure('Interrupted', 'The worker that watched this gate ends.', {
    next: 'Nothing: another worker watches it, or this one when it is back.',
  });
}
