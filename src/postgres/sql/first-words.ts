/**
 * What a statement is called: its first two words, never its names and values behind them.
 *
 * @param otherwise for a statement that begins with no word.
 */
export function firstWords(sql: string, otherwise: string): string {
  return (/^[a-z]+(?:\s+[a-z]+)?/i.exec(sql)?.[0] ?? otherwise).toUpperCase().replace(/\s+/g, ' ');
}
