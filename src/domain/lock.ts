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
