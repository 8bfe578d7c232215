/** Compares what the server wrote as text with the expected value, by the kind of the latter. */
export function isEqual(value: string | null | undefined, expected: string | number | boolean): boolean {
  if (value === null || value === undefined) return false;
  if (typeof expected === 'number') return value.trim() !== '' && Number(value) === expected;
  if (typeof expected === 'boolean') return value === (expected ? 't' : 'f');
  return value === expected;
}

/** Numbers and truth values are shown; of any other text only its length, for it may be anything. */
export function shownValue(value: string | null | undefined): string {
  if (value === undefined) return 'no row';
  if (value === null) return 'NULL';
  if (value === 't' || value === 'f') return value === 't' ? 'true' : 'false';
  return /^-?\d+(\.\d+)?$/.test(value) ? value : `another text of ${value.length} characters`;
}

/** What the server wrote, as a value of the kind that is asked for; a text where it is none of that. */
export function valueAs(kind: 'number' | 'boolean' | 'string', text: string): number | boolean | string {
  if (kind === 'string') return text;
  if (text === 't' || text === 'f') return text === 't';
  const number = text.trim() === '' ? NaN : Number(text);
  return Number.isNaN(number) ? text : number;
}
