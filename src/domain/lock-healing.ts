import { isAhead, release, type LockMemory } from './lock.ts';

/**
 * How a request of a lock stands by the word of whoever is said to have made it. `stuck` is a workflow that Temporal cannot go on
 * with, so that it neither answers nor ever gives anything back; `silent` may answer later.
 */
export type Standing = 'wanted' | 'unwanted' | 'stuck' | 'silent';

/** What is wrong with a lock, in words, and what it should remember instead. */
export interface HealedLock {
  readonly memory: LockMemory;
  readonly faults: readonly string[];
}

/**
 * Takes from a lock what nobody wants, and a token that no lock gives; who holds it by their own word keeps it, and who waits keeps
 * waiting. Null where nothing is wrong.
 *
 * @param standings by the id of each request that holds or waits.
 * @param now milliseconds since the epoch.
 */
export function healedLock(
  memory: LockMemory,
  standings: ReadonlyMap<string, Standing>,
  now: number,
): HealedLock | null {
  // What was given back waits to be asked after, and keeps nobody off.
  const gone = [...memory.held, ...memory.queue].filter(
    ({ id, givenBack }) => givenBack !== true && isGone(standings.get(id)),
  );
  const ahead = isAhead(memory.token, now);
  if (gone.length === 0 && !ahead) return null;
  const holds = new Set(memory.held.map(({ id }) => id));
  const faults = gone.map(({ id, holder }) => {
    const what = holds.has(id) ? 'held' : 'asked for';
    const why = standings.get(id) === 'stuck' ? 'which Temporal cannot go on with' : 'which wants nothing';
    return `${what} by ${holder.workflowId}, ${why}`;
  });
  const rest = gone.reduce((left, { id }) => release(left, id), memory);
  return {
    memory: { ...rest, token: ahead ? now : memory.token },
    faults: [...(ahead ? [`its token ${String(memory.token)} is ahead of any that a lock gives`] : []), ...faults],
  };
}

function isGone(standing: Standing | undefined): boolean {
  return standing === 'unwanted' || standing === 'stuck';
}

/** How far the clocks of workers and of Temporal may be apart. */
const SKEW_MS = 60_000;

/**
 * What a target should remember in the place of a token that keeps off whoever its lock grants it to; null where it keeps off nobody.
 * Never lower than what a lock has given.
 *
 * @param seen what the target remembers.
 * @param lock as it stands; null where there is none, so that the next one begins with the time.
 * @param now milliseconds since the epoch.
 */
export function rememberedInstead(
  seen: number,
  lock: Pick<LockMemory, 'token' | 'owner'> | null,
  now: number,
): number | null {
  // While somebody holds it, a lock gives no other token.
  if (lock !== null && lock.owner !== null) return seen > lock.token ? lock.token : null;
  const next = Math.max(now, lock?.token ?? 0);
  return seen > next + SKEW_MS ? next : null;
}
