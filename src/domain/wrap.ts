/** A text of at most so many characters; what is cut ends with `…`. */
export function clipped(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, cutBefore(text, Math.max(0, length - 1)))}…`;
}

/** So many blanks before what goes on from the line above. */
const INDENT = '    ';

/**
 * Breaks a line into lines of at most so many characters, at blanks where there are some; what goes on is indented. Nothing is
 * cut off.
 *
 * @param width in characters; at least 20.
 */
export function wrapped(line: string, width: number): string[] {
  const lines: string[] = [];
  for (let rest = line; ;) {
    const room = lines.length === 0 ? width : width - INDENT.length;
    const lead = lines.length === 0 ? '' : INDENT;
    if (rest.length <= room) return [...lines, `${lead}${rest}`];
    const blank = rest.lastIndexOf(' ', room);
    const [word = ''] = rest.slice(blank + 1).split(' ', 1);
    // A word that fits no line is broken anyway; from where it stands, unless next to nothing stands before it.
    const fits = word.length <= width - INDENT.length || blank > room / 2;
    const end = blank > 0 && fits ? blank : cutBefore(rest, room);
    lines.push(`${lead}${rest.slice(0, end).trimEnd()}`);
    rest = rest.slice(end).trimStart();
  }
}

/** Where a text may be cut so that at most so many characters stand before: not within one that takes two code units. */
function cutBefore(text: string, length: number): number {
  return (text.codePointAt(length - 1) ?? 0) > 0xffff ? length - 1 : length;
}
