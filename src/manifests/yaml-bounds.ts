import { Lexer } from 'yaml';
import { beyond, type Limit } from '../domain/limit.ts';
import { LIMITS } from '../domain/limits.ts';

/** Pieces of the lexer that are no characters of the text: the beginning of a document, of a scalar, a broken flow. */
const UNWRITTEN = new Set(['\x02', '\x1f', '\x18']);
/** White space, comments, colons, anchors and tags: what is meant begins before or after them. */
const BETWEEN = /^(\s*$|[#:,&!])/;

/**
 * Why a YAML text is not handed to the reader that keeps where everything is written, and from where on it is too much; null
 * when it is. Takes it apart into pieces alone: the reader itself calls itself for each level, makes some hundred bytes of
 * each piece, and takes minutes for keys that are mappings within each other.
 */
export function yamlBeyond(text: string): { readonly offset: number; readonly what: string } | null {
  const nesting = new Nesting();
  let pieces = 0;
  let documents = 1;
  let begun = false;
  let offset = 0;
  for (const piece of new Lexer().lex(text)) {
    pieces += 1;
    // The first mark begins the first document, unless something stands before it.
    if (piece === '---' && begun) documents += 1;
    begun ||= piece === '---' || !(UNWRITTEN.has(piece) || BETWEEN.test(piece));
    const limit = exceeded(pieces, documents, nesting.enter(piece));
    if (limit !== null) return { offset, what: beyond(limit) };
    if (!UNWRITTEN.has(piece)) offset += piece.length;
  }
  return null;
}

/** Line and column, from 1, of a text that was not read. */
export function placeIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function exceeded(pieces: number, documents: number, depth: number): Limit | null {
  if (depth > LIMITS.yamlDepth.most) return LIMITS.yamlDepth;
  if (pieces > LIMITS.yamlPieces.most) return LIMITS.yamlPieces;
  return documents > LIMITS.yamlDocuments.most ? LIMITS.yamlDocuments : null;
}

/**
 * How deep what is written lies. In blocks that is told by columns: whatever begins further to the right than what is around
 * it lies in it. Brackets count besides.
 */
class Nesting {
  /** Columns at which what is around began. */
  readonly #columns: number[] = [];
  #brackets = 0;
  #column = 0;
  /** The next scalar is a text of lines, which begins at column 0 whatever it lies in. */
  #isText = false;

  /** @returns the depth at the piece. */
  enter(piece: string): number {
    if (UNWRITTEN.has(piece)) return 0;
    const first = piece.charAt(0);
    if (piece === '---') this.#columns.length = 0;
    else if (first === '[' || first === '{') this.#brackets += 1;
    else if (first === ']' || first === '}') this.#brackets = Math.max(0, this.#brackets - 1);
    else if (this.#brackets === 0 && !BETWEEN.test(piece)) this.#begin(first);
    const newline = piece.lastIndexOf('\n');
    this.#column = newline < 0 ? this.#column + piece.length : piece.length - newline - 1;
    return this.#columns.length + this.#brackets;
  }

  #begin(first: string): void {
    if (this.#isText) {
      this.#isText = false;
      return;
    }
    this.#isText = first === '|' || first === '>';
    while ((this.#columns.at(-1) ?? -1) >= this.#column) this.#columns.pop();
    this.#columns.push(this.#column);
  }
}
