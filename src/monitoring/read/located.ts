import { isScalar, LineCounter, parseAllDocuments, Scalar, type Document } from 'yaml';
import type { Json } from '../../domain/json.ts';

/** The way to a value through fields and items. */
type Way = readonly (string | number)[];

/** Something that was read, with where in its file each part of it is written. */
export interface Located {
  readonly value: Json;
  /** The line of a value, of its nearest ancestor that is written where it is not; from 1. */
  line(way: Way): number;
  /** A text that is itself YAML or JSON, as the documents in it. */
  within(way: Way): readonly Located[];
}

/**
 * The documents of a YAML or JSON text which somebody has found to be well-formed; none of one that is not.
 *
 * @param lineOf which line of the file a line of the text is.
 */
export function locate(text: string, lineOf: (line: number) => number = (line) => line): readonly Located[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, keepSourceTokens: false });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    if (document.errors.length > 0) return [];
    const at = (offset: number) => lineOf(lines.linePos(offset).line);
    return [located(document, at)];
  });
}

function located(document: Document.Parsed, at: (offset: number) => number): Located {
  const startOf = (way: Way): number => {
    for (let length = way.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(way.slice(0, length), true);
      const range = rangeOf(node);
      if (range !== null) return range;
    }
    return document.range[0];
  };
  return {
    value: document.toJS({ maxAliasCount: MOST_ALIASES }) as Json,
    line: (way) => at(startOf(way)),
    within: (way) => {
      const node: unknown = document.getIn(way, true);
      if (!isScalar(node) || typeof node.value !== 'string') return [];
      const first = at(startOf(way));
      // Only a literal block keeps its lines; whatever else is written is where it begins.
      const isLiteral = node.type === Scalar.BLOCK_LITERAL;
      return locate(node.value, (line) => (isLiteral ? first + line : first));
    },
  };
}

function rangeOf(node: unknown): number | null {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return null;
  const [start] = node.range as readonly unknown[];
  return typeof start === 'number' ? start : null;
}

/** Files of boards and rules are made by programs, which use none. */
const MOST_ALIASES = 100;
