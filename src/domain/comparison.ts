/** What an answer is held against. */
export type Comparison =
  | { readonly equals: string | number | boolean }
  | { readonly atLeast: number }
  | { readonly atMost: number }
  /** From the first to the second, both included. */
  | { readonly between: readonly [number, number] };

/** Whether an answer is as it should be; one that is no number is neither more nor less than any. */
export function compares(value: string | number | boolean, to: Comparison): boolean {
  if ('equals' in to) return value === to.equals;
  if (typeof value !== 'number') return false;
  if ('atLeast' in to) return value >= to.atLeast;
  if ('atMost' in to) return value <= to.atMost;
  return value >= to.between[0] && value <= to.between[1];
}

/** In words, as what an answer is: `at least 3`. */
export function comparisonWords(to: Comparison): string {
  if ('equals' in to) return JSON.stringify(to.equals);
  if ('atLeast' in to) return `at least ${to.atLeast}`;
  if ('atMost' in to) return `at most ${to.atMost}`;
  return `from ${to.between[0]} to ${to.between[1]}`;
}
