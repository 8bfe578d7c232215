const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a Kubernetes quantity (`500m`, `2Gi`) means; null for any other text. */
export function quantityOf(value: unknown): number | null {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  const match = typeof value === 'string' ? /^([+-]?\d*\.?\d+)([a-zA-Z]{0,2})$/.exec(value) : null;
  const factor = SUFFIXES[match?.[2] ?? 'none'];
  return match === null || factor === undefined ? null : Number(match[1]) * factor;
}

/** Whether two values are the same quantity: the API server stores `1000m` as `1`. */
export function isSameQuantity(a: unknown, b: unknown): boolean {
  const left = quantityOf(a);
  const right = quantityOf(b);
  if (left === null || right === null) return false;
  return Math.abs(left - right) <= Math.abs(left) * Number.EPSILON * 4;
}
