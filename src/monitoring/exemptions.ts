import type { Finding } from '../domain/evidence.ts';
import type { MonitoringExemption } from '../domain/kinds/monitoring-verify.ts';
import { fits } from '../domain/pattern.ts';

/** What need not be answered, and how often that was needed. */
export class Exemptions {
  readonly #now: number;
  readonly #all: readonly MonitoringExemption[];
  readonly #matched = new Map<MonitoringExemption, number>();

  /** @param now milliseconds since the epoch. */
  constructor(all: readonly MonitoringExemption[], now: number) {
    this.#all = all;
    this.#now = now;
  }

  /**
   * Who answers for a query that is not answered; null where nobody does. Metrics that are missing must all be exempt.
   *
   * @param name as an exemption writes it: `BOARD / PANEL`.
   */
  of(name: string, missing: readonly string[]): string | null {
    const byQuery = this.#all.find((one) => one.query !== undefined && fits(one.query, name) && this.#counts(one));
    if (byQuery !== undefined) return this.#use(byQuery);
    const byMetric = missing.map((metric) =>
      this.#all.find((one) => one.metric !== undefined && fits(one.metric, metric) && this.#counts(one)),
    );
    const [first] = byMetric;
    if (first === undefined || byMetric.includes(undefined)) return null;
    for (const one of new Set(byMetric)) if (one !== undefined) this.#use(one);
    return wordsOf(first);
  }

  findings(source: string, time: string): readonly Finding[] {
    return this.#all.map((one) => {
      const { metric = null, query = null, owner, reason, until, optional = false } = one;
      const matched = this.#matched.get(one) ?? 0;
      const lapsed = !this.#counts(one);
      return {
        kind: 'monitoring-exemption',
        about: {
          ...{ metric, query, owner, reason, until: new Date(Date.parse(until)).toISOString() },
          ...(optional ? { optional } : {}),
        },
        holds: (matched > 0 || optional) && !lapsed,
        observed: { matched, lapsed },
        ...{ how: 'real', source, time },
      };
    });
  }

  #use(one: MonitoringExemption): string {
    this.#matched.set(one, (this.#matched.get(one) ?? 0) + 1);
    return wordsOf(one);
  }

  #counts({ until }: MonitoringExemption): boolean {
    return Date.parse(until) > this.#now;
  }
}

function wordsOf({ reason, owner }: MonitoringExemption): string {
  return `${reason} (${owner})`;
}
