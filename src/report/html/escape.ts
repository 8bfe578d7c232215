import { visible } from '../../domain/visible.ts';

/** Longer texts are cut, and say so: what others wrote is of any length, and a page is not. */
const LONGEST = 2_000;

/** HTML that `html` has made, or that is a text of our own. Nothing else is one, whatever its shape. */
export class Html {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  /** A text of our own as it is. Never one that anybody else had a part in. */
  static trusted(text: string): Html {
    return new Html(text);
  }
}

export type Piece = Html | string | number | null | readonly Piece[];

/**
 * HTML from a template. What stands in it is taken for text, and is made harmless for text and for quoted attributes alike;
 * null is nothing, and the pieces of a list follow on each other.
 *
 * @throws TypeError for a piece where its escaping would not do: an attribute without quotes.
 */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let text = '';
  for (const [at, string] of strings.entries()) {
    // How templates are indented is nobody's business who reads the page.
    text += string.replace(/\n\s+/g, '\n');
    if (at === pieces.length) break;
    if (string.endsWith('=')) throw new TypeError('an attribute has no quotes');
    text += rendered(pieces[at] ?? null);
  }
  return Html.trusted(text);
}

function rendered(piece: Piece): string {
  if (piece === null) return '';
  if (typeof piece === 'number') return String(piece);
  if (typeof piece === 'string') return escaped(piece);
  return piece instanceof Html ? piece.text : piece.map(rendered).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return visible(clipped(text)).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function clipped(text: string): string {
  const more = text.length - LONGEST;
  return more > 0 ? `${text.slice(0, LONGEST)}… (${more} more characters)` : text;
}
