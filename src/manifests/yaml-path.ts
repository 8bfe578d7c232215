import { isAlias, isMap, isNode, isScalar, isSeq, type Document, type YAMLMap } from 'yaml';
import { targetOf } from './aliases.ts';
import { keyText } from './yaml-schema.ts';

/** Keys and indexes that lead to a value inside a document. */
export type FieldPath = readonly (string | number)[];

/** Where the key is written, for the value of a key; where the value is, for an item of a list. */
export function offsetOf(document: Document.Parsed, path: FieldPath): number | undefined {
  const last = path.at(-1);
  if (last === undefined) return document.contents?.range[0] ?? document.range[0];
  const parent = nodeAt(document, path.slice(0, -1));
  if (typeof last === 'number') {
    const item: unknown = isSeq(parent) ? parent.items[last] : undefined;
    return isNode(item) ? item.range?.[0] : undefined;
  }
  return isMap(parent) ? offsetOfKey(document, parent, last) : undefined;
}

function offsetOfKey(document: Document.Parsed, map: YAMLMap, name: string): number | undefined {
  const key = (pairOf(map, name) ?? mergeOf(map, name))?.key;
  return isScalar(key) ? key.range?.[0] : undefined;
}

/** The node under a path; aliases are followed, and merges. Undefined when there is none. */
function nodeAt(document: Document.Parsed, path: FieldPath): unknown {
  let node: unknown = document.contents;
  for (const part of path) {
    if (isAlias(node)) node = targetOf(document, node);
    node = isSeq(node) ? node.items[Number(part)] : isMap(node) ? valueOf(document, node, String(part)) : undefined;
  }
  return isAlias(node) ? targetOf(document, node) : node;
}

function valueOf(document: Document.Parsed, map: YAMLMap, name: string): unknown {
  const own = pairOf(map, name);
  if (own) return own.value;
  for (const { key, value } of map.items) {
    if (!isScalar(key) || typeof key.value !== 'symbol') continue;
    const merged: unknown = isAlias(value) ? targetOf(document, value) : value;
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const from: unknown = isAlias(source) ? targetOf(document, source) : source;
      const found = isMap(from) ? valueOf(document, from, name) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

type Pair = YAMLMap['items'][number];

const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** The first pair of a key that is no merge. Places are asked for many times in one mapping. */
function pairOf(map: YAMLMap, name: string): Pair | undefined {
  let index = indexes.get(map);
  if (index === undefined) {
    const pairs = map.items.flatMap((pair) =>
      isScalar(pair.key) && typeof pair.key.value !== 'symbol' ? [[keyText(pair.key.value), pair] as const] : [],
    );
    index = new Map(pairs.reverse());
    indexes.set(map, index);
  }
  return index.get(name);
}

function mergeOf(map: YAMLMap, name: string): Pair | undefined {
  if (name !== '<<') return undefined;
  return map.items.find(({ key }) => isScalar(key) && typeof key.value === 'symbol');
}
