/** A page of the documentation, as it is before anybody has chosen a form: texts are what people and servers wrote, as they are. */
export interface Page {
  /** Name of its file, without an ending: lower-case letters, digits and dashes. */
  readonly file: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly block: 'heading'; readonly level: 2 | 3; readonly text: Text }
  | { readonly block: 'paragraph'; readonly text: Text }
  | { readonly block: 'list'; readonly items: readonly Text[] }
  | { readonly block: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly Text[])[] }
  /** Commands for a shell. */
  | { readonly block: 'commands'; readonly lines: readonly string[] };

/** Text in pieces; one without a mark is plain. */
export type Text = string | readonly Piece[];

type Piece =
  | string
  | { readonly code: string }
  | { readonly strong: string }
  /** To another page, by the name of its file. */
  | { readonly page: string; readonly text: string }
  /** To an address that somebody wrote: a link only where it is one of HTTP. */
  | { readonly address: string };

export const heading = (text: Text, level: 2 | 3 = 2): Block => ({ block: 'heading', level, text });
export const paragraph = (...text: readonly Piece[]): Block => ({ block: 'paragraph', text });
export const table = (head: readonly string[], rows: readonly (readonly Text[])[]): Block => ({
  block: 'table',
  head,
  rows,
});
export const commands = (...lines: readonly string[]): Block => ({ block: 'commands', lines });
export const code = (text: string): Text => [{ code: text }];

/** Items, or a sentence that there are none. */
export function list(items: readonly Text[], none: string): Block {
  return items.length === 0 ? paragraph(none) : { block: 'list', items };
}

/** Sentences of our own, in which backticks stand around names. */
export function spans(text: string): Text {
  return text.split('`').map((part, at) => (at % 2 === 1 ? { code: part } : part));
}

export function piecesOf(text: Text): readonly Piece[] {
  return typeof text === 'string' ? [text] : text;
}

/** Without its marks. */
export function textOf(text: Text): string {
  return piecesOf(text)
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if ('code' in piece) return piece.code;
      if ('strong' in piece) return piece.strong;
      return 'text' in piece ? piece.text : piece.address;
    })
    .join('');
}

/** The address as a browser reads it, where it is one of HTTP: nothing else is ever a link. */
export function linkOf(address: string): string | null {
  const url = URL.parse(address);
  return url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' ? url.href : null;
}
