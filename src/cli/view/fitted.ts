import { wrapped } from '../../domain/wrap.ts';

/** Narrower than this, lines are left to the terminal. */
const NARROWEST = 20;

/**
 * A line in as many as a terminal needs, broken at blanks, with what it is indented by before each. Colours come after: they have no width.
 *
 * @param width of the terminal in characters; absent where lines may be of any length.
 */
export function fitted(line: string, width: number | undefined): string[] {
  const [lead = ''] = /^ */.exec(line) ?? [];
  const room = (width ?? 0) - lead.length;
  return room < NARROWEST ? [line] : wrapped(line.slice(lead.length), room).map((part) => `${lead}${part}`);
}
