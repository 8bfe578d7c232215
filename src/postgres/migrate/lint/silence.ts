import { Position } from '../../sql/position.ts';
import { CODES, isWarningCode } from './codes.ts';

const LINE = /^[ \t]*--[ \t]*windlass:[ \t]*silence\b[ \t]*(.*)$/gm;

/**
 * Reads `-- windlass: silence CODE, CODE` lines, each of which is for the next statement that begins after it.
 *
 * @param lines where the statements of the file begin, in order.
 */
export function silencing(
  text: string,
  path: string,
  lines: readonly number[],
): { readonly silenced: ReadonlyMap<number, readonly string[]>; readonly problems: readonly string[] } {
  const silenced = new Map<number, string[]>();
  const problems: string[] = [];
  for (const { index, 1: codes = '' } of text.includes('windlass:') ? text.matchAll(LINE) : []) {
    const line = text.slice(0, index).split('\n').length;
    const named = codes.split(/[\s,]+/).filter((code) => code !== '');
    const unknown = named.filter((code) => !isWarningCode(code));
    if (named.length === 0 || unknown.length > 0) {
      const why =
        named.length === 0 ? 'silence needs the code of a warning' : `there is no warning ${unknown.join(', ')}`;
      problems.push(`${new Position(line, 1).in(path)}: ${why}; there are ${Object.keys(CODES).join(', ')}`);
    }
    const next = lines.find((one) => one > line);
    if (next !== undefined) silenced.set(next, [...(silenced.get(next) ?? []), ...named]);
  }
  return { silenced, problems };
}
