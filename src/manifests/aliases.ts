import { isAlias, isMap, isNode, isPair, isSeq, visit, type Alias, type Document, type Node } from 'yaml';
import { LIMITS } from '../domain/limits.ts';

const MARKS = LIMITS.yamlMarks.most;

interface Marks {
  readonly targets: ReadonlyMap<Alias, Node | null>;
  readonly count: number;
  /** Values and keys that are written. */
  readonly written: number;
}

const known = new WeakMap<Document.Parsed, Marks>();

/**
 * What an alias stands for; undefined when no anchor before it has its name. The library's own `Alias.resolve` goes through
 * the whole document for each alias.
 */
export function targetOf(document: Document.Parsed, alias: Alias): Node | undefined {
  return marksOf(document).targets.get(alias) ?? undefined;
}

/** Why a document cannot be had as data, though it is YAML; null when it can. */
export function tooManyAliases(document: Document.Parsed): string | null {
  const { count, targets, written } = marksOf(document);
  if (count > MARKS) return `not readable as data: it has more than ${MARKS} anchors and aliases`;
  return targets.size > 0 && valuesIn(document, document.contents, new Map()) > LIMITS.yamlAliasValues.most + written
    ? 'not readable as data: an alias is used so often that it would fill the memory'
    : null;
}

function marksOf(document: Document.Parsed): Marks {
  const found = known.get(document);
  if (found) return found;
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node | null>();
  let count = 0;
  let written = 0;
  visit(document, {
    Alias: (_key, alias) => {
      targets.set(alias, anchors.get(alias.source) ?? null);
      count += 1;
    },
    Value: (_key, node) => {
      written += 1;
      if (node.anchor === undefined) return;
      anchors.set(node.anchor, node);
      count += 1;
    },
  });
  const marks = { targets, count, written };
  known.set(document, marks);
  return marks;
}

/** Infinite for what holds itself. @param sizes of what aliases stand for, as far as they were counted. */
function valuesIn(document: Document.Parsed, node: unknown, sizes: Map<Node, number>): number {
  if (isAlias(node)) {
    const target = targetOf(document, node);
    if (target === undefined) return 1;
    const size = sizes.get(target);
    if (size !== undefined) return size;
    sizes.set(target, Infinity);
    const counted = valuesIn(document, target, sizes);
    sizes.set(target, counted);
    return counted;
  }
  if (isPair(node)) return valuesIn(document, node.key, sizes) + valuesIn(document, node.value, sizes);
  if (!isNode(node) || !(isMap(node) || isSeq(node))) return 1;
  let size = 1;
  for (const item of node.items) size += valuesIn(document, item, sizes);
  return size;
}
