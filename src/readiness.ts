import type { Standing } from './health.ts';

/** How long every slot may be taken, with none given back, before the worker says so. */
const STUCK_MS = 60_000;
/** How often Temporal is asked for a sign of life. */
const ASK_MS = 10_000;
/** How long Temporal may be silent. */
const SILENT_MS = 30_000;

/** How time passes: milliseconds, and a thing that is done again and again until it is told to end. */
interface Time {
  now(): number;
  every(work: () => Promise<void>): () => void;
}

const REAL: Time = {
  now: () => performance.now(),
  every: (work) => {
    const timer = setInterval(() => void work(), ASK_MS);
    timer.unref();
    return () => {
      clearInterval(timer);
    };
  },
};

/**
 * Knows whether a worker can make progress: the SDK's worker says that it runs also while all its slots are taken, and while
 * Temporal is away.
 */
export class Readiness {
  readonly #slots: number;
  readonly #time: Time;
  readonly #end: () => void;
  #taken = 0;
  /** When a slot was last taken or given back. */
  #moved: number;
  #answered: number;

  /**
   * @param slots how many activities the worker runs at once.
   * @param ask rejects when Temporal does not answer, within its own time.
   */
  constructor(slots: number, ask: () => Promise<unknown>, time: Time = REAL) {
    this.#slots = slots;
    this.#time = time;
    this.#moved = this.#answered = time.now();
    this.#end = time.every(async () => {
      await ask().then(
        () => (this.#answered = time.now()),
        () => undefined,
      );
    });
  }

  /** Carries out an activity, which holds a slot meanwhile. */
  async holdingSlot<T>(activity: () => Promise<T>): Promise<T> {
    this.#move(1);
    try {
      return await activity();
    } finally {
      this.#move(-1);
    }
  }

  /** How a worker of this state stands. */
  of(state: string): Omit<Standing, 'gates'> {
    const now = this.#time.now();
    const silent = now - this.#answered;
    if (silent > SILENT_MS) return { state, why: `Temporal has not answered for ${seconds(silent)}.` };
    const stuck = now - this.#moved;
    if (this.#taken < this.#slots || stuck < STUCK_MS) return { state };
    return {
      state,
      why: `All ${String(this.#slots)} activity slots are taken, and none was given back for ${seconds(stuck)}.`,
    };
  }

  close(): void {
    this.#end();
  }

  #move(by: 1 | -1): void {
    this.#taken += by;
    this.#moved = this.#time.now();
  }
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 1_000))} s`;
}
