import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';
import { targetOf, tooManyAliases } from './aliases.ts';
import { isList, isObject } from '../domain/json-fields.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { readQuickly } from './quick-yaml.ts';
import { offsetOf, type FieldPath } from './yaml-path.ts';
import { doubleKeys, wordAt } from './double-keys.ts';
import { placeIn, yamlBeyond } from './yaml-bounds.ts';
import { AS_KUBECTL_READS, keyText } from './yaml-schema.ts';
import { NO_ANCHOR, yamlProblem } from './yaml-words.ts';

/** A place in a text. */
export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Characters (UTF-16) before it. */
  readonly offset: number;
}

interface ParsedDocument {
  readonly value: Json;
  /** The same with nothing merged: all mappings that a mapping merges, and what those merge, are a list under `<<`. */
  readonly written: Json;
  /** Which document of the file it is, for `positionOf`. */
  readonly index: number;
}

interface SyntaxProblem extends Position {
  /** Quotes no value. */
  readonly what: string;
}

export interface ParsedFile {
  readonly documents: readonly ParsedDocument[];
  readonly problems: readonly SyntaxProblem[];
}

/**
 * The documents of a manifest file, as kubectl reads them (see `plainScalar`). What its reader takes otherwise than YAML
 * says, and what JSON cannot carry, is a problem at its place. Empty documents are left out.
 */
export function parseManifestFile(text: string): ParsedFile {
  const values = readQuickly(text);
  if (values === null) return parseWithPositions(text);
  return {
    documents: values.flatMap((value, index) => (value === null ? [] : [{ value, written: value, index }])),
    problems: [],
  };
}

/**
 * The same, always with the reader that keeps where values are written: every problem is told, not the first.
 *
 * @internal exported for its tests
 */
export function parseWithPositions(text: string): ParsedFile {
  const parsed = parsedAgain(text);
  if (parsed.beyond !== null) {
    const { offset, what } = parsed.beyond;
    return { documents: [], problems: [{ ...placeIn(text, offset), offset, what }] };
  }
  const documents: ParsedDocument[] = [];
  const problems: SyntaxProblem[] = [];
  for (const [index, document] of parsed.documents.entries()) {
    const found = problemsOf(document, text);
    for (const { offset, what } of found) problems.push({ ...place(parsed, offset), what });
    if (found.length > 0) continue;
    const tooMany = tooManyAliases(document);
    if (tooMany !== null) {
      problems.push({ ...place(parsed, document.range[0]), what: tooMany });
      continue;
    }
    try {
      const value = document.toJS({ maxAliasCount: -1 }) as Json;
      const written = text.includes('<<') ? asWritten(document) : value;
      if (value !== null) documents.push({ value, written, index });
    } catch {
      const what = 'not readable as data: an alias is used so often that it would fill the memory';
      problems.push({ ...place(parsed, document.range[0]), what });
    }
  }
  return { documents, problems };
}

/**
 * The place of a value, of its nearest known ancestor when it is not written there. Parses anew: positions are asked for
 * only when something is wrong, and keeping every syntax tree would cost far more memory than the manifests.
 */
export function positionOf(text: string, index: number, path: FieldPath): Position {
  const parsed = parsedAgain(text);
  const document = parsed.documents[index];
  if (document === undefined) return { line: 1, column: 1, offset: 0 };
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) return place(parsed, offset);
  }
  return { line: 1, column: 1, offset: 0 };
}

interface Positioned {
  readonly lines: LineCounter;
  readonly documents: readonly Document.Parsed[];
  /** Why it was not parsed, and from where on it is too much. */
  readonly beyond: ReturnType<typeof yamlBeyond>;
}

function place({ lines }: Positioned, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col), offset };
}

/** A broken file rarely has one problem only; what was parsed for the last one is kept while memory is not needed. */
let last: { readonly text: string; readonly parsed: WeakRef<Positioned> } | null = null;

function parsedAgain(text: string): Positioned {
  const known = last?.text === text ? last.parsed.deref() : undefined;
  if (known) return known;
  const lines = new LineCounter();
  const beyond = yamlBeyond(text);
  const documents = beyond === null ? parseAllDocuments(text, { ...AS_KUBECTL_READS, lineCounter: lines }) : [];
  const parsed = { lines, documents: Array.isArray(documents) ? documents : [], beyond };
  last = { text, parsed: new WeakRef(parsed) };
  return parsed;
}

interface Found {
  readonly offset: number;
  readonly what: string;
}

/** Why a document cannot be taken: the first error, since the others follow from it, and all double keys. */
function problemsOf(document: Document.Parsed, text: string): readonly Found[] {
  const errors = [...document.errors, ...document.warnings];
  const double = doubleKeys(document, keyText);
  if (errors.length + double.length > 0)
    return [
      ...double.map((offset) => ({ offset, what: `the key ${wordAt(text, offset)} stands here twice` })),
      ...errors.slice(0, 1).map(({ pos, code }) => ({ offset: pos[0], what: yamlProblem(code) })),
    ];
  const found: Found[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (!targetOf(document, alias)) found.push({ offset: alias.range?.[0] ?? 0, what: NO_ANCHOR });
    },
    Map: (_key, map) => {
      found.push(...keyProblems(document, map));
    },
  });
  return found;
}

/** Keys that kubectl's reader refuses, or writes in its own way, and merge keys that it lets win where YAML does not. */
function keyProblems(document: Document.Parsed, map: YAMLMap): readonly Found[] {
  const before = new Set<string>();
  return map.items.flatMap(({ key, value }) => {
    const at = (isNode(key) ? key.range?.[0] : undefined) ?? 0;
    if (!isScalar(key)) return [{ offset: at, what: 'a key must be a text' }];
    if (typeof key.value === 'symbol') {
      const wins = mergedKeys(document, value).find((name) => before.has(name));
      if (wins === undefined) return [];
      const what = `"<<" must come before the key "${wins}", which it holds too: kubectl lets the later of them win, and YAML the key itself`;
      return [{ offset: at, what }];
    }
    before.add(keyText(key.value));
    if (typeof key.value === 'string' || typeof key.value === 'boolean') return [];
    if (Number.isSafeInteger(key.value)) return [];
    const what = `the key ${String(key.source)} is ${key.value === null ? 'null' : 'a number'} to kubectl, which has no such keys: put it in quotes`;
    return [{ offset: at, what }];
  });
}

/** The keys that a merge brings; what cannot be merged at all brings none, and is refused by the reader. */
function mergedKeys(document: Document.Parsed, value: unknown): readonly string[] {
  const node = isAlias(value) ? targetOf(document, value) : (value as Node | null | undefined);
  if (isSeq(node)) return node.items.flatMap((item) => mergedKeys(document, item));
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    if (!isScalar(pair.key)) return [];
    return typeof pair.key.value === 'symbol' ? mergedKeys(document, pair.value) : [keyText(pair.key.value)];
  });
}

/** See `ParsedDocument`. Only for what can be read as data, which bounds how often an alias is followed. */
function asWritten(document: Document.Parsed, node: unknown = document.contents): Json {
  if (isAlias(node)) return asWritten(document, targetOf(document, node));
  if (isSeq(node)) return node.items.map((item) => asWritten(document, item));
  if (!isMap(node)) return isScalar(node) ? (node.value as Json) : null;
  const isMerge = ({ key }: YAMLMap['items'][number]): boolean => isScalar(key) && typeof key.value === 'symbol';
  const own = node.items
    .filter((pair) => !isMerge(pair))
    .map(({ key, value }) => [keyText(isScalar(key) ? key.value : key), asWritten(document, value)] as const);
  const merged = node.items.filter(isMerge).flatMap(({ value }) => sourcesOf(asWritten(document, value)));
  return Object.fromEntries(merged.length === 0 ? own : [...own, ['<<', merged] as const]);
}

/** What a merge brings, each mapping by itself. */
function sourcesOf(merge: Json): readonly JsonObject[] {
  if (isList(merge)) return merge.flatMap(sourcesOf);
  if (!isObject(merge)) return [];
  const { '<<': more = null, ...own } = merge;
  return [own, ...sourcesOf(more)];
}
