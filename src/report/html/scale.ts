/** A stretch of time, in milliseconds since the epoch. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Where times are on a line from 0 to 1. */
export interface Scale {
  readonly at: (ms: number) => number;
  /** Stretches in which nothing acts and that are drawn shorter than they were; places on the line, and how long they were. */
  readonly cuts: readonly (Stretch & { readonly ms: number })[];
}

/** A stretch in which everything waits is drawn as no more than this share of all that acts. */
const WAIT = 0.12;

/**
 * A line of time on which work can be seen: as long as something acts it is true to scale, and a wait of days, such as for a
 * person, is cut to the length of a wait that can be read.
 *
 * @param busy when something acted, in any order.
 */
export function scaleOf(busy: readonly Stretch[], { from, to }: Stretch): Scale {
  const merged = mergedIn(busy, { from, to });
  const acting = merged.reduce((sum, one) => sum + one.to - one.from, 0);
  const most = acting === 0 ? Infinity : acting * WAIT;
  let [place, last] = [0, from];
  const pieces: (Stretch & { readonly drawnFrom: number; readonly drawn: number })[] = [];
  const add = (end: number, drawn: number) => {
    if (end > last) pieces.push({ from: last, to: end, drawnFrom: place, drawn });
    place += end > last ? drawn : 0;
    last = Math.max(last, end);
  };
  for (const one of merged) {
    add(one.from, Math.min(one.from - last, most));
    add(one.to, one.to - one.from);
  }
  add(to, Math.min(to - last, most));
  const whole = Math.max(place, 1);
  return {
    at: (ms) => {
      const piece = pieces.find((one) => ms <= one.to) ?? pieces.at(-1);
      if (piece === undefined) return 0;
      const share = Math.min(1, Math.max(0, (ms - piece.from) / (piece.to - piece.from)));
      return (piece.drawnFrom + share * piece.drawn) / whole;
    },
    cuts: pieces
      .filter((one) => one.drawn < one.to - one.from)
      .map((one) => ({
        from: one.drawnFrom / whole,
        to: (one.drawnFrom + one.drawn) / whole,
        ms: one.to - one.from,
      })),
  };
}

/** Stretches that touch are one. */
function mergedIn(of: readonly Stretch[], { from, to }: Stretch): readonly Stretch[] {
  const merged: { from: number; to: number }[] = [];
  const inside = of.map((one) => ({ from: Math.max(from, one.from), to: Math.min(to, one.to) }));
  for (const one of inside.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (one.to <= one.from) continue;
    if (last !== undefined && one.from <= last.to) last.to = Math.max(last.to, one.to);
    else merged.push(one);
  }
  return merged;
}
