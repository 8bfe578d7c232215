import type { Suspicion } from './suspicion.ts';

/** Remembers since when each trouble lasts, and says which has lasted too long. Trouble that goes away is forgotten. */
export class StallMemory {
  readonly #since = new Map<string, ReadonlyMap<string, number>>();

  /**
   * The first trouble of a workload that has lasted too long, or null.
   *
   * @param suspicions what is wrong with it now.
   * @param now milliseconds of a clock that only goes forward.
   */
  verdict(workload: string, suspicions: readonly Suspicion[], now: number): Suspicion | null {
    const before = this.#since.get(workload);
    const since = new Map(suspicions.map(({ key }) => [key, before?.get(key) ?? now]));
    this.#since.set(workload, since);
    return suspicions.find(({ key, graceMs }) => now - (since.get(key) ?? now) >= graceMs) ?? null;
  }
}
