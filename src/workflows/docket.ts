import { LIMITS } from '../domain/limits.ts';

const MOST_PENDING = LIMITS.judged.most;
const MOST_DENIALS = LIMITS.denials.most;

/** Bounds what a flood of decisions and commands, which anybody can send, makes of a workflow's history and of the record. */
export class Docket {
  readonly #onUnrecorded: (count: number) => void;
  #pending = 0;
  #denials: number;
  #closed = false;

  /** @param denials how many there were in the runs before. */
  constructor(onUnrecorded: (count: number) => void, denials = 0) {
    this.#onUnrecorded = onUnrecorded;
    this.#denials = denials;
    if (denials > MOST_DENIALS) onUnrecorded(denials - MOST_DENIALS);
  }

  /** Nothing else is judged from now on: a workflow ends only once nothing is being judged. */
  close(): void {
    this.#closed = true;
  }

  get isFull(): boolean {
    return this.#closed || this.#pending >= MOST_PENDING;
  }

  get denials(): number {
    return this.#denials;
  }

  async judging<T>(judge: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    try {
      return await judge();
    } finally {
      this.#pending -= 1;
    }
  }

  /** Whether the next denial is put on record. */
  get recordsDenials(): boolean {
    return this.#denials < MOST_DENIALS;
  }

  /** Counts a denial; the answer says whether it is put on record. */
  denied(): boolean {
    const isRecorded = this.recordsDenials;
    this.#denials += 1;
    if (!isRecorded) this.#onUnrecorded(this.#denials - MOST_DENIALS);
    return isRecorded;
  }
}
