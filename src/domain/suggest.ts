import leven from 'leven';

/**
 * The known word that `word` was probably meant to be, whatever the case of its letters; null when none is near. One letter
 * may be wrong in words of up to four letters, two in words of up to eight, a third of longer ones.
 */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  const [best] = known
    // Words whose lengths differ by more than may be wrong need no comparison.
    .filter((one) => Math.abs(one.length - word.length) <= wrongLetters(Math.max(word.length, one.length)))
    .map((one) => ({ one, distance: leven(word.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, distance }) => distance <= wrongLetters(Math.max(word.length, one.length)))
    .sort((a, b) => a.distance - b.distance);
  return best?.one ?? null;
}

/** A longer word is no name that somebody misspelt: characters. */
const LONGEST = 200;

function wrongLetters(length: number): number {
  return length <= 4 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** ` (did you mean "x"?)` for the known word nearest to `word`, or an empty text when none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : ` (did you mean "${near}"?)`;
}

/** How many words a message lists. */
const LISTED = 50;

/** Words in quotes, for messages: the first of them, and how many more there are. */
export function listed(words: readonly string[]): string {
  if (words.length === 0) return 'none';
  const more = words.length > LISTED ? ` and ${words.length - LISTED} more` : '';
  return `${words
    .slice(0, LISTED)
    .map((word) => `"${word}"`)
    .join(', ')}${more}`;
}
