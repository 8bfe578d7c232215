/** Requests to a store that are under way at once: enough to hide its latency, few enough for a small server. */
const SIZE = 16;

/** Like `Promise.all` over a map, a batch at a time. Throws what `work` does. */
export async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += SIZE)
    results.push(...(await Promise.all(items.slice(at, at + SIZE).map(work))));
  return results;
}
