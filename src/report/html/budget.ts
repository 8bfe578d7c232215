/**
 * How much each of several may have, so that together they have at most `most`: whoever wants little has all of it, and the
 * others share the rest evenly.
 */
export function shares(wanted: readonly number[], most: number): readonly number[] {
  const given = wanted.map(() => 0);
  let left = most;
  const smallestFirst = wanted.map((want, at) => ({ want, at })).sort((a, b) => a.want - b.want);
  for (const [before, { want, at }] of smallestFirst.entries()) {
    const share = Math.max(0, Math.min(want, left / (wanted.length - before)));
    given[at] = share;
    left -= share;
  }
  return given;
}

/** The first of several pieces that fit into so many bytes, and how many do not. */
export function fitting<T>(
  pieces: readonly T[],
  bytes: (piece: T) => number,
  most: number,
): { readonly shown: readonly T[]; readonly more: number } {
  let left = most;
  const end = pieces.findIndex((piece) => (left -= bytes(piece)) < 0);
  return end < 0 ? { shown: pieces, more: 0 } : { shown: pieces.slice(0, end), more: pieces.length - end };
}
