import { beyond } from '../../domain/limit.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { ParameterValue } from '../../domain/rollout.ts';

/** A part of a text that cannot be filled in. */
interface BadPlaceholder {
  readonly text: string;
  /** How many `${{` stand before it, to find it again in the source. */
  readonly before: number;
  /** Null when it was said elsewhere. */
  readonly reason: string | null;
}

export interface Filled {
  readonly value: ParameterValue;
  readonly bad: readonly BadPlaceholder[];
  /** The values that were put in. */
  readonly inserted: readonly ParameterValue[];
}

const START = '${{';

/** `$${{` stands for a `${{` that is meant as such; a `${{` without its end is caught too. */
const PLACEHOLDER = /\$\$\{\{|\$\{\{(?:((?:(?!\$\{\{).)*?)\}\})?/gs;
const PARAMETER = /^\s*parameters\.([a-zA-Z][a-zA-Z0-9_]*)\s*$/;

/** Where each `${{` of a text begins. */
export function placeholderIndexes(text: string): readonly number[] {
  const indexes: number[] = [];
  for (let at = text.indexOf(START); at >= 0; at = text.indexOf(START, at + START.length)) indexes.push(at);
  return indexes;
}

/** Whether a text has anything to fill in. */
export function hasPlaceholder(text: string): boolean {
  return text.includes(START);
}

/**
 * Fills parameters into a text. A text that is nothing but one placeholder takes the type of the parameter, unless
 * `asText`.
 *
 * @param refuse why a parameter cannot be filled in, asked for those that `parameters` lacks; null when that was said.
 * @param room how many characters may be put in.
 */
export function fill(
  text: string,
  parameters: Readonly<Record<string, ParameterValue>>,
  refuse: (name: string) => string | null,
  asText: boolean,
  room: number = LIMITS.text.most,
): Filled {
  const bad: BadPlaceholder[] = [];
  const inserted: ParameterValue[] = [];
  let only: ParameterValue | undefined;
  let left = room;
  const starts = new Map(placeholderIndexes(text).map((at, before) => [at, before]));
  const value = text.replace(PLACEHOLDER, (written: string, inside: string | undefined, at: number) => {
    if (written === '$${{') return '${{';
    const name = PARAMETER.exec(inside ?? '')?.[1];
    const found = name !== undefined && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (found === undefined) {
      const reason =
        name === undefined
          ? 'is not a placeholder: write ${{ parameters.NAME }}, or $${{ for the text itself'
          : refuse(name);
      bad.push({ text: written, before: starts.get(at) ?? 0, reason });
      return written;
    }
    if (left < 0) return written;
    left -= String(found).length;
    if (left < 0) {
      bad.push({
        text: written,
        before: starts.get(at) ?? 0,
        reason: `makes the file too long: it ${beyond(LIMITS.text)}`,
      });
      return written;
    }
    if (written === text) only = found;
    inserted.push(found);
    return String(found);
  });
  return { value: asText || only === undefined ? value : only, bad, inserted };
}
