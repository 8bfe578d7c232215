import { minus, plus, type Amounts } from './requests.ts';

/** What a node has left for pods of the workload: what it offers less what pods of others request. */
export interface Room {
  readonly node: string;
  readonly offered: Amounts;
  readonly free: Amounts;
}

/** Amounts are floating-point: a pod that fits to within a millionth fits. */
const TOLERANCE = 1e-6;

/** How many pods fit, node by node. */
export function binFit(rooms: readonly Room[], pod: Amounts): number {
  return rooms.reduce((sum, room) => sum + times(room.free, pod), 0);
}

/** How many pods fit until no more than the headroom is left over on all nodes together. */
export function headroomFit(rooms: readonly Room[], pod: Amounts, headroom: Amounts, pending: Amounts): number {
  const free = minus(sumOf(rooms.map((room) => room.free)), pending);
  const guarded = Object.fromEntries(Object.entries(pod).filter(([name]) => name in headroom));
  return times(minus(free, headroom), guarded);
}

export function sumOf(amounts: readonly Amounts[]): Amounts {
  return amounts.reduce(plus, {});
}

/** The rooms after pods were put into them, each where most of its kind still fit: what is left for the next workload. */
export function afterPlacing(rooms: readonly Room[], pod: Amounts, count: number): readonly Room[] {
  const left = rooms.map((room) => ({ ...room, fits: times(room.free, pod) }));
  for (let placed = 0; placed < count; placed += 1) {
    const best = left.reduce(
      (a, b) => (b.fits > a.fits ? b : a),
      left[0] ?? { fits: 0, node: '', offered: {}, free: {} },
    );
    if (best.fits === 0) break;
    best.free = minus(best.free, pod);
    best.fits = times(best.free, pod);
  }
  return left.map(({ node, offered, free }) => ({ node, offered, free }));
}

/** How often `pod` goes into `free`; without bound for what requests nothing. */
function times(free: Amounts, pod: Amounts): number {
  const counts = Object.entries(pod)
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => Math.floor((free[name] ?? 0) / amount + TOLERANCE));
  return Math.max(0, Math.min(...counts, Number.MAX_SAFE_INTEGER));
}
