/** What a lock remembers, as plain JSON that survives continue-as-new. */
export interface LockMemory {
  /** Grows with every change of owner, also across a loss of Temporal's database: see `grantable`. */
  readonly token: number;
  readonly owner: string | null;
  readonly held: readonly Hold[];
  readonly queue: readonly Request[];
}

export interface Request {
  /** Unique per wish to act; asking twice with one id is asking once. */
  readonly id: string;
  /** Requests of one owner (a rollout run, a drill) share the lock; those of different owners exclude each other. */
  readonly owner: string;
  readonly holder: { readonly workflowId: string; readonly runId: string };
  readonly leaseMs: number;
  /** Somebody said that it is given back, or no longer wanted, and whose request it is was not asked yet. */
  readonly givenBack?: boolean;
}

interface Hold extends Request {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** A token is the time at which it was given, or little more: one from so far ahead would keep all later ones out. */
const AHEAD_MS = 24 * 3_600_000;

/** Whether no lock has given this token yet, by the time `now` in milliseconds since the epoch. */
export function isAhead(token: number, now: number): boolean {
  return token > now + AHEAD_MS;
}

export function emptyLock(): LockMemory {
  return { token: 0, owner: null, held: [], queue: [] };
}

/** Adds a request, unless the same one already waits or holds. */
export function enqueue(memory: LockMemory, request: Request): LockMemory {
  const known = [...memory.held, ...memory.queue].some((other) => other.id === request.id);
  return known ? memory : { ...memory, queue: [...memory.queue, request] };
}

/** Forgets a request, whether it holds or still waits. */
export function release(memory: LockMemory, id: string): LockMemory {
  const held = memory.held.filter((hold) => hold.id !== id);
  return {
    ...memory,
    held,
    owner: held.length === 0 ? null : memory.owner,
    queue: memory.queue.filter((request) => request.id !== id),
  };
}

/** Notes that somebody says a request is given back. A signal has no sender: whose request it is has the last word. */
export function noteGivenBack(memory: LockMemory, id: string): LockMemory {
  const noted = <R extends Request>(request: R): R => (request.id === id ? { ...request, givenBack: true } : request);
  return { ...memory, held: memory.held.map(noted), queue: memory.queue.map(noted) };
}

/** So many of what was given back are kept, at most, before those whose it was are asked. */
const MOST_GIVEN_BACK = 50;

/**
 * Whether those whose requests these are must be asked before anything is granted: somebody waits for what another owner
 * holds, or what was said to be given back is more than is worth keeping. While nobody waits, whoever holds the lock keeps nobody
 * off it, and nothing is asked.
 */
export function mustAsk({ owner, held, queue }: LockMemory): boolean {
  if (queue.some(({ givenBack }) => givenBack === true)) return true;
  if (held.filter(({ givenBack }) => givenBack === true).length >= MOST_GIVEN_BACK) return true;
  return owner !== null && queue.some((request) => request.owner !== owner);
}

/** What remains when those whose requests these are were asked. */
export function asAnswered(memory: LockMemory, asked: readonly Request[], unwanted: ReadonlySet<string>): LockMemory {
  const rest = [...unwanted].reduce(release, memory);
  const wanted = new Set(asked.map(({ id }) => id));
  const still = <R extends Request>(request: R): R =>
    request.givenBack === true && wanted.has(request.id) ? { ...request, givenBack: false } : request;
  return { ...rest, held: rest.held.map(still), queue: rest.queue.map(still) };
}

/** Takes the lock back from those whose lease ran out. */
export function expire(memory: LockMemory, now: number): LockMemory {
  return memory.held.filter((hold) => hold.deadline <= now).reduce((rest, hold) => release(rest, hold.id), memory);
}

/**
 * Grants the lock to the first in line if it may have it: the lock is free, or held by the same owner. First come, first
 * served, so that an owner with many steps cannot starve another.
 *
 * The token of a new owner is the time in milliseconds, or one more than the last token where that is higher. A lock that
 * has lost its memory with Temporal's database therefore still grants higher tokens than the targets have seen.
 */
export function grantable(
  memory: LockMemory,
  now: number,
): { readonly memory: LockMemory; readonly request: Request; readonly deadline: number } | null {
  const request = memory.queue[0];
  if (!request || (memory.owner !== null && memory.owner !== request.owner)) return null;
  const deadline = now + request.leaseMs;
  return {
    request,
    deadline,
    memory: {
      token: memory.owner === null ? Math.max(now, memory.token + 1) : memory.token,
      owner: request.owner,
      held: [...memory.held, { ...request, deadline }],
      queue: memory.queue.slice(1),
    },
  };
}
