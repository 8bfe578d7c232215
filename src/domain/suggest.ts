import leven from 'leven';

/**
 * The known word that `word` was probably meant to be, whatever the case of its letters; null when none is near. One letter
 * may be wrong in words of up to four letters, two in words of up to eight, a third of longer ones.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  const [best] = known
    .map((one) => ({ one, distance: leven(word.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, distance }) => distance <= wrongLetters(Math.max(word.length, one.length)))
    .sort((a, b) => a.distance - b.distance);
  return best?.one ?? null;
}

function wrongLetters(length: number): number {
  return length <= 4 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** ` (did you mean "x"?)` for the known word nearest to `word`, or an empty text when none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : ` (did you mean "${near}"?)`;
}

/** Words in quotes, for messages. */
export function listed(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.map((word) => `"${word}"`).join(', ');
}
