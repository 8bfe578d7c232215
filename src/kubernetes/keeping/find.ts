import { isHole, type Form, type Hole, type Parts } from '../../domain/made-up.ts';
import type { PartKey } from './values.ts';

/** What a text in the cluster says of the values that it was made with. */
export interface Found {
  readonly parts: ReadonlyMap<PartKey, string>;
  /** Holes that it does not say anything of. */
  readonly missing: readonly Hole[];
}

/**
 * Finds values in a text of the cluster: by the whole text, and where that was changed since, by the lines that have one.
 */
export function findIn(parts: Parts, live: string): Found {
  const holes = parts.filter(isHole);
  const whole = match(parts, live, 's');
  if (whole !== null) return { parts: whole, missing: [] };
  const found = new Map<PartKey, string>();
  for (const line of linesOf(parts)) {
    const some = line.some(isHole) ? match(line, live, 'm') : null;
    for (const [key, text] of some ?? []) found.set(key, text);
  }
  return { parts: found, missing: holes.filter((hole) => !found.has(keyOf(hole))) };
}

export function keyOf({ value, part }: Hole): PartKey {
  return `${value}/${part}`;
}

/** The text with values in it. */
export function filled(parts: Parts, textOf: (key: PartKey) => string): string {
  return parts.map((part) => (isHole(part) ? inForm(textOf(keyOf(part)), part.as) : part)).join('');
}

/** @param mode `s`: all of the text; `m`: one line of it, and no other like it */
function match(parts: Parts, live: string, mode: 's' | 'm'): ReadonlyMap<PartKey, string> | null {
  const pattern = parts.map((part) => (isHole(part) ? '(.*?)' : RegExp.escape(part))).join('');
  const all = [...live.matchAll(new RegExp(`^${pattern}$`, `${mode}g`))];
  const [only] = all;
  if (only === undefined || all.length > 1) return null;
  const found = new Map<PartKey, string>();
  for (const [index, hole] of parts.filter(isHole).entries()) {
    const text = outOfForm(only[index + 1] ?? '', hole);
    if (text === '' || (found.get(keyOf(hole)) ?? text) !== text) return null;
    found.set(keyOf(hole), text);
  }
  return found;
}

function linesOf(parts: Parts): readonly Parts[] {
  const lines: (string | Hole)[][] = [[]];
  for (const part of parts) {
    if (isHole(part)) lines.at(-1)?.push(part);
    else
      for (const [index, piece] of part.split('\n').entries()) {
        if (index > 0) lines.push([]);
        if (piece !== '') lines.at(-1)?.push(piece);
      }
  }
  return lines;
}

function inForm(text: string, as: readonly Form[]): string {
  return as.reduce((now, form) => {
    if (form === 'trimmed') return now.trim();
    return form === 'lower' ? now.toLowerCase() : Buffer.from(now).toString('base64');
  }, text);
}

/** What was trimmed was a block of PEM, which ends with a line. */
function outOfForm(text: string, { as }: Hole): string {
  return as.toReversed().reduce((now, form) => {
    if (form === 'base64') return Buffer.from(now, 'base64').toString('utf8');
    return form === 'trimmed' ? `${now}\n` : now;
  }, text);
}
