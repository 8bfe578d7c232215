import { isList, isObject } from '../domain/json-fields.ts';
import { canonicalJson, type Json } from '../domain/json.ts';

/** Characters of a value that a line shows. */
const SHOWN = 60;

/**
 * What differs between two values, a line for each field: `tasks.fetch.params.rawScript: line 2: echo a -> echo b`.
 *
 * @param mask makes secrets in a text unreadable.
 */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  mask: (text: string) => string,
  path = '',
): readonly string[] {
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(before[key], after[key], mask, path === '' ? key : `${path}.${key}`));
  }
  if (isList(before) && isList(after) && before.length === after.length)
    return before.flatMap((item, at) => differences(item, after[at], mask, `${path}[${String(at)}]`));
  if (typeof before === 'string' && typeof after === 'string')
    return [`${path}: ${textDifference(before, after, mask)}`];
  return [`${path}: ${shown(before, mask)} -> ${shown(after, mask)}`];
}

/** Of texts with several lines the first that differs is shown. */
function textDifference(before: string, after: string, mask: (text: string) => string): string {
  const [a, b] = [before.split('\n'), after.split('\n')];
  if (a.length === 1 && b.length === 1) return `${shown(before, mask)} -> ${shown(after, mask)}`;
  const at = a.findIndex((line, index) => line !== b[index]);
  const line = at < 0 ? a.length : at;
  const more = Math.max(a.length, b.length) - line - 1;
  const others = more > 0 ? ` (and up to ${String(more)} lines below)` : '';
  return `line ${String(line + 1)}: ${shown(a[line], mask)} -> ${shown(b[line], mask)}${others}`;
}

function shown(value: Json | undefined, mask: (text: string) => string): string {
  if (value === undefined) return 'nothing';
  const text = mask(typeof value === 'string' ? value : canonicalJson(value)).replace(/\s+/g, ' ');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
