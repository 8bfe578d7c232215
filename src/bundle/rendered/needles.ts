import type { Form, Hole, Parts } from '../../domain/made-up.ts';
import { isHole } from '../../domain/made-up.ts';
import type { Invention } from '../../domain/rendering.ts';

/** Shorter ones stand in any text by chance. */
const SHORTEST = 4;
const FORMS: readonly (readonly Form[])[] = [
  [],
  ['base64'],
  ['trimmed'],
  ['trimmed', 'base64'],
  ['lower'],
  ['lower', 'base64'],
];

/** Finds what a chart made up in the texts that it came to. */
export class Needles {
  readonly #holes = new Map<string, Hole>();
  readonly #any: RegExp | null;

  constructor(inventions: readonly Invention[]) {
    for (const [value, { parts }] of inventions.entries())
      for (const [part, text] of Object.entries(parts))
        for (const as of FORMS) {
          const needle = inForm(text, as);
          if (text.length >= SHORTEST && !this.#holes.has(needle))
            this.#holes.set(needle, { value, part: part as Hole['part'], as });
        }
    const needles = [...this.#holes.keys()].sort((a, b) => b.length - a.length);
    this.#any = needles.length === 0 ? null : new RegExp(`(${needles.map((one) => RegExp.escape(one)).join('|')})`);
  }

  /** The text with the values taken out. */
  partsOf(text: string): Parts {
    if (this.#any === null) return [text];
    return text
      .split(this.#any)
      .filter((part) => part !== '')
      .map((part) => this.#holes.get(part) ?? part);
  }
}

/** Whether two renderings differ in this text by what was made up and by nothing else. */
export function sameParts(a: Parts, b: Parts): boolean {
  return (
    a.length === b.length &&
    a.every((part, index) => {
      const other = b[index];
      if (other === undefined || !isHole(part) || !isHole(other)) return part === other;
      return part.value === other.value && part.part === other.part && part.as.join() === other.as.join();
    })
  );
}

function inForm(text: string, as: readonly Form[]): string {
  return as.reduce((now, form) => {
    if (form === 'trimmed') return now.trim();
    return form === 'lower' ? now.toLowerCase() : Buffer.from(now).toString('base64');
  }, text);
}
