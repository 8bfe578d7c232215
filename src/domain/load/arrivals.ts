/** One stage of a load: requests arrive at a rate that stays, or goes evenly from one to another. */
export interface Stage {
  /** Requests a second at its beginning and at its end. */
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** How many requests arrive in all, and when each of them is to be sent. */
export interface Arrivals {
  readonly total: number;
  readonly ms: number;
  /** Requests a second, at the highest. */
  readonly peak: number;
  /** Milliseconds after the beginning at which request number `index`, counted from 0, is to be sent. */
  at(index: number): number;
}

/**
 * The arrivals of stages one after another. They depend on nothing that a server does (an open model): one that answers slowly
 * is sent no less.
 */
export function arrivalsOf(stages: readonly Stage[]): Arrivals {
  const begun: { readonly stage: Stage; readonly count: number; readonly ms: number; readonly end: number }[] = [];
  let count = 0;
  let ms = 0;
  for (const stage of stages) {
    const end = count + ((stage.from + stage.to) / 2) * (stage.ms / 1_000);
    begun.push({ stage, count, ms, end });
    count = end;
    ms += stage.ms;
  }
  return {
    total: Math.round(count),
    ms,
    peak: Math.max(0, ...stages.flatMap(({ from, to }) => [from, to])),
    at: (index) => {
      const place = begun.find(({ end }) => index < end) ?? begun.at(-1);
      return place === undefined ? 0 : place.ms + within(place.stage, index - place.count);
    },
  };
}

/** Milliseconds into a stage at which so many requests have arrived: its rate, summed up, solved for the time. */
function within({ from, to, ms }: Stage, count: number): number {
  const seconds = ms / 1_000;
  const slope = (to - from) / seconds;
  // The form of the quadratic's root that divides by no difference: it holds for a rate that stays, too.
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * count));
  return Math.min(ms, (2_000 * count) / (from + root || 1));
}
