/**
 * Requests in flight at once: where the API server of the benchmarks gives most.
 *
 * @internal exported for its tests
 */
export const IN_FLIGHT = 16;

/**
 * Does work on every item, a bounded number at once, in their order. The first rejection leaves the rest undone.
 *
 * @param goOn asked before each item; false leaves that and all later ones undone.
 * @throws the first rejection of `work`, while other items may still be at work.
 */
export async function concurrently<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  goOn: () => boolean = () => true,
): Promise<void> {
  let next = 0;
  let broken = false;
  const worker = async (): Promise<void> => {
    while (!broken && next < items.length && goOn()) {
      const item = items[next] as T;
      next += 1;
      try {
        await work(item);
      } catch (error) {
        broken = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, items.length) }, worker));
}
