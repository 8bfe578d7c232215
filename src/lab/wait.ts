import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is no longer undefined.
 * @param withinMs the bound, in milliseconds
 * @returns the answer, or undefined when the time is over
 * @throws what `ask` throws.
 */
export async function waitFor<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs: number,
  everyMs = 50,
): Promise<T | undefined> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= end) return undefined;
    await sleep(everyMs);
  }
}
