/**
 * Work of two parts that stand and fall together: when one fails the other is stopped and waited for, and the failure of
 * the first is the one that is told.
 *
 * @param work gets a signal that aborts with the outer one or when a part fails, and what runs two parts.
 * @throws the first failure of a part, or what `work` throws; `signal.reason` once the outer signal aborts.
 */
export async function together<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal, both: <A, B>(a: Promise<A>, b: Promise<B>) => Promise<[A, B]>) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const stopping = <P>(part: Promise<P>): Promise<P> =>
    part.catch((error: unknown) => {
      stop.abort(error);
      throw error;
    });
  return work(AbortSignal.any([signal, stop.signal]), async (a, b) => {
    const parts = [stopping(a), stopping(b)] as const;
    await Promise.allSettled(parts);
    stop.signal.throwIfAborted();
    return Promise.all(parts);
  });
}
