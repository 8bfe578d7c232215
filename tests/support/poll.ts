/** Asks until the answer is neither undefined, null nor false. The test's own timeout ends it when that never comes. */
export async function until<T>(ask: () => Promise<T> | T, everyMs = 50): Promise<NonNullable<T>> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
