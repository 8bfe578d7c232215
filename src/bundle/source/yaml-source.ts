import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type DocumentOptions,
  type Node,
  type ParseOptions,
  type SchemaOptions,
  type Tags,
} from 'yaml';
import { NO_ANCHOR, yamlProblem } from '../../manifests/yaml-words.ts';
import { targetOf, tooManyAliases } from '../../manifests/aliases.ts';
import { doubleKeys, wordAt } from '../../manifests/double-keys.ts';
import { placeIn, yamlBeyond } from '../../manifests/yaml-bounds.ts';
import { AS_KUBECTL_READS, keyText } from '../../manifests/yaml-schema.ts';
import type { Problem } from '../problem.ts';

export type Path = readonly (string | number)[];

/** Whole numbers that a JavaScript number cannot hold are a `bigint`, which only values of charts may be. */
const OWN: DocumentOptions & ParseOptions & SchemaOptions = {
  prettyErrors: false,
  version: '1.2',
  // See `doubleKeys`.
  uniqueKeys: false,
  customTags: (tags) =>
    tags.map((tag): Tags[number] => {
      if (typeof tag === 'string' || tag.collection !== undefined || tag.tag !== 'tag:yaml.org,2002:int') return tag;
      return {
        ...tag,
        resolve: (text: string, refuse: (message: string) => void, options: ParseOptions) => {
          const rounded = tag.resolve(text, refuse, options);
          return Number.isSafeInteger(rounded) ? rounded : tag.resolve(text, refuse, { ...options, intAsBigInt: true });
        },
      };
    }),
};

/** A YAML (or JSON) file with the places of everything in it. */
export class YamlSource {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  readonly #lines: LineCounter;
  readonly #keyIdentity: (key: unknown) => unknown;
  /** Why it was not read. */
  readonly #beyond: Problem | null;

  /** @param as files of our own are YAML 1.2; kubectl and Helm read YAML in their own way, where `on` is true. */
  constructor(file: string, text: string, as: 'own' | 'kubectl' = 'own') {
    this.file = file;
    this.text = text;
    this.#lines = new LineCounter();
    this.#keyIdentity = as === 'own' ? (key) => key : keyText;
    const beyond = yamlBeyond(text);
    this.#beyond = beyond && { file, ...placeIn(text, beyond.offset), message: beyond.what };
    const options = as === 'own' ? OWN : AS_KUBECTL_READS;
    const documents = beyond === null ? parseAllDocuments(text, { ...options, lineCounter: this.#lines }) : [];
    this.documents = Array.isArray(documents) ? documents : [];
  }

  /**
   * Why the file cannot be read as data: of each document the first error, since the others follow from it, and all
   * double keys.
   */
  problems(): readonly Problem[] {
    if (this.#beyond !== null) return [this.#beyond];
    return this.documents.flatMap((document) => {
      const found = [...document.errors, ...document.warnings];
      const double = doubleKeys(document, this.#keyIdentity);
      return [
        ...double.map((offset) => this.problem(offset, `the key ${wordAt(this.text, offset)} stands here twice`)),
        ...found
          .slice(0, 1)
          .map((error) => this.problem(error.pos[0], `${yamlProblem(error.code)}${this.#hint(error.pos[0])}`)),
        ...(found.length + double.length === 0 ? this.#aliasProblems(document) : []),
      ];
    });
  }

  problem(offset: number, message: string): Problem {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col), message };
  }

  /** A problem at what stands under `path`; where nothing stands there, at the nearest thing around it that does. */
  problemAt(document: Document.Parsed, path: Path, message: string): Problem {
    return this.problem(offsetOf(document, path, 'value'), message);
  }

  /** The same, at the key rather than at its value. */
  problemAtKey(document: Document.Parsed, path: Path, message: string): Problem {
    return this.problem(offsetOf(document, path, 'key'), message);
  }

  /** Aliases without an anchor, or so many of them that they would fill the memory. */
  #aliasProblems(document: Document.Parsed): readonly Problem[] {
    const problems: Problem[] = [];
    visit(document, {
      Alias: (_key, alias) => {
        if (!targetOf(document, alias)) problems.push(this.problem(alias.range?.[0] ?? 0, NO_ANCHOR));
      },
    });
    if (problems.length > 0) return problems;
    const message = tooManyAliases(document);
    return message === null ? [] : [this.problem(document.range[0], message)];
  }

  #hint(offset: number): string {
    const line = this.text.slice(this.text.lastIndexOf('\n', offset - 1) + 1, offset + 1_000).split('\n', 1)[0] ?? '';
    return line.includes('${{') ? '; inside { } or [ ] a placeholder needs quotes' : '';
  }
}

/** The node under `path`; aliases are followed. Undefined when there is none. */
export function nodeAt(document: Document.Parsed, path: Path): Node | undefined {
  let node: unknown = document.contents;
  for (const part of path) {
    if (isAlias(node)) node = targetOf(document, node);
    if (isMap(node)) node = node.items.find((pair) => textOfKey(pair.key) === String(part))?.value;
    else if (isSeq(node)) node = node.items[Number(part)];
    else return undefined;
  }
  return node as Node | undefined;
}

/** Paths of a document's mappings are made of the texts of their keys. */
function textOfKey(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function offsetOf(document: Document.Parsed, path: Path, what: 'key' | 'value'): number {
  const parent = nodeAt(document, path.slice(0, -1));
  const last = path.at(-1);
  if (last !== undefined && isMap(parent)) {
    const pair = parent.items.find((item) => textOfKey(item.key) === String(last));
    const node = what === 'key' ? pair?.key : isEmpty(pair?.value) ? pair?.key : pair?.value;
    const start = startOf(node);
    if (start !== undefined) return start;
  } else {
    const start = startOf(nodeAt(document, path));
    if (start !== undefined) return start;
  }
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1), 'key');
}

/** A value that is not written, as in `steps:`. */
function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === '');
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
