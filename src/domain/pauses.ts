/** How long is paused between two looks. */
export interface Pauses {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** Pauses in milliseconds, without end: each twice as long as the one before, until the longest. */
export function* doublingPauses({ firstMs, mostMs }: Pauses): Generator<number, never> {
  for (let pause = firstMs; ; pause = Math.min(2 * pause, mostMs)) yield pause;
}
