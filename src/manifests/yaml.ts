import {
  isNode,
  LineCounter,
  parseAllDocuments,
  type Document,
  type DocumentOptions,
  type ParseOptions,
  type SchemaOptions,
} from 'yaml';
import type { Json } from '../domain/json.ts';
import { quickReader } from './quick-yaml.ts';

/** Keys and indexes that lead to a value inside a document. */
export type FieldPath = readonly (string | number)[];

export interface ParsedDocument {
  readonly value: Json;
  /** Which document of the file it is, for `positionOf`. */
  readonly index: number;
}

export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

/**
 * The documents of a manifest file (YAML 1.1, as the tools of the field read it: `0644` is octal, `yes` is true; but
 * times and sexagesimal numbers stay text, as they do there). Empty documents are left out.
 */
export function parseManifestFile(text: string): { documents: ParsedDocument[]; problems: SyntaxProblem[] } {
  const values = quick(text);
  return values === null ? parseWithPositions(text) : { documents: withoutEmpty(values), problems: [] };
}

function withoutEmpty(values: readonly Json[]): ParsedDocument[] {
  return values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
}

/**
 * The same, always with the reader that keeps where values are written: every problem is told, not the first.
 *
 * @internal exported for its tests
 */
export function parseWithPositions(text: string): ReturnType<typeof parseManifestFile> {
  const lines = new LineCounter();
  const documents: ParsedDocument[] = [];
  const problems: SyntaxProblem[] = [];
  for (const [index, document] of parseDocuments(text, lines).entries()) {
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0]);
      problems.push({ line, column: col, what: error.message });
    }
    if (document.errors.length > 0) continue;
    try {
      const value = document.toJS() as Json;
      if (value !== null) documents.push({ value, index });
    } catch {
      const { line, col } = lines.linePos(document.range[0]);
      problems.push({ line, column: col, what: 'an alias cannot be resolved, or is used too often' });
    }
  }
  return { documents, problems };
}

/**
 * `line:column` of a value, of its nearest known ancestor when it is not written there. Parses anew: positions are asked
 * for only when something is wrong, and keeping every syntax tree would cost far more memory than the manifests.
 */
export function positionOf(text: string, index: number, path: FieldPath): string {
  const { lines, documents } = parsedAgain(text);
  const document = documents[index];
  if (document === undefined) return '1:1';
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return `${String(line)}:${String(col)}`;
  }
  return '1:1';
}

interface Positioned {
  readonly lines: LineCounter;
  readonly documents: readonly Document.Parsed[];
}

/** A broken file rarely has one problem only; what was parsed for the last one is kept while memory is not needed. */
let last: { readonly text: string; readonly parsed: WeakRef<Positioned> } | null = null;

function parsedAgain(text: string): Positioned {
  const known = last?.text === text ? last.parsed.deref() : undefined;
  if (known) return known;
  const lines = new LineCounter();
  const parsed = { lines, documents: parseDocuments(text, lines) };
  last = { text, parsed: new WeakRef(parsed) };
  return parsed;
}

const OPTIONS: DocumentOptions & ParseOptions & SchemaOptions = {
  version: '1.1',
  prettyErrors: false,
  logLevel: 'silent',
  customTags: (tags) => [...tags.filter(isTakenOver), 'intOct', 'floatNaN', 'floatExp', 'float'],
};
const quick = quickReader(OPTIONS);

function parseDocuments(text: string, lineCounter: LineCounter): Document.Parsed[] {
  return parseAllDocuments(text, { ...OPTIONS, lineCounter }) as Document.Parsed[];
}

/** Of YAML 1.1 all but times, sexagesimal numbers and its floats, which take `e1` for a number. */
function isTakenOver(tag: string | { readonly tag: string; readonly format?: string | undefined }): boolean {
  if (typeof tag === 'string') return true;
  return !['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:float'].includes(tag.tag) && tag.format !== 'TIME';
}

/** Where the key is written, for the value of a key; where the value is, for an item of a list. */
function offsetOf(document: Document.Parsed, path: FieldPath): number | undefined {
  const last = path.at(-1);
  if (last === undefined) return document.contents?.range[0] ?? document.range[0];
  if (typeof last === 'number') {
    const item: unknown = document.getIn(path, true);
    return isNode(item) ? item.range?.[0] : undefined;
  }
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (typeof parent !== 'object' || parent === null || !('items' in parent) || !Array.isArray(parent.items))
    return undefined;
  for (const pair of parent.items as unknown[]) {
    if (typeof pair !== 'object' || pair === null || !('key' in pair)) continue;
    const { key } = pair;
    if (isNode(key) && String(key) === last) return key.range?.[0];
  }
  return undefined;
}
