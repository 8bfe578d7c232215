/**
 * What is worked on side by side, in its order, each as soon as all before it are there.
 *
 * @param atATime how many are worked on at a time; one that waits for its turn counts.
 * @throws what the work on an item throws, once all before it were given; no other is begun then.
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  atATime: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = [];
  const waiting = [...items];
  try {
    for (;;) {
      for (const item of waiting.splice(0, atATime - begun.length)) {
        const working = work(item);
        // It is told in its turn, which may be later.
        working.catch(() => undefined);
        begun.push(working);
      }
      const first = begun.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    // Nothing goes on behind the back of whoever stopped asking.
    await Promise.allSettled(begun);
  }
}
