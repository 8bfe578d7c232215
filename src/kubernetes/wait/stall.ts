import type { Suspicion } from './suspicion.ts';

/** When a trouble was seen first, by our clock, and when the cluster had met it last by then, by the cluster's. */
interface First {
  readonly at: number;
  readonly metAt: number | undefined;
}

/** Remembers since when each trouble lasts, and says which has lasted too long. Trouble that goes away is forgotten. */
export class StallMemory {
  readonly #since = new Map<string, ReadonlyMap<string, First>>();

  /**
   * The first trouble of a workload that has lasted too long, or null.
   *
   * @param suspicions what is wrong with it now.
   * @param now milliseconds of a clock that only goes forward.
   */
  verdict(workload: string, suspicions: readonly Suspicion[], now: number): Suspicion | null {
    const before = this.#since.get(workload);
    const since = new Map(
      suspicions.map(({ key, metAt }) => {
        const first = before?.get(key);
        return [key, { at: first?.at ?? now, metAt: first?.metAt ?? metAt }];
      }),
    );
    this.#since.set(workload, since);
    return suspicions.find((one) => lasts(one, since.get(one.key), now)) ?? null;
  }
}

/** Whether it has lasted too long, and was met again in the later half of that time where the cluster tells. */
function lasts({ graceMs, metAt }: Suspicion, first: First | undefined, now: number): boolean {
  if (first === undefined || now - first.at < graceMs) return false;
  return metAt === undefined || first.metAt === undefined || metAt - first.metAt >= graceMs / 2;
}
