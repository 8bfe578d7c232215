import type { Node, RangeVar } from 'libpg-query';

type Kind<N> = N extends unknown ? keyof N : never;
export type NodeKind = Kind<Node>;
export type Of<K extends NodeKind> = Extract<Node, Record<K, unknown>>[K];

/** The node as one of this kind; null when it is of another. */
export function as<K extends NodeKind>(node: Node | null | undefined, kind: K): Of<K> | null {
  return node !== null && node !== undefined && kind in node ? (node as unknown as Record<K, Of<K>>)[kind] : null;
}

/** The texts of a list of String nodes: a qualified name. */
export function nameOf(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => as(node, 'String')?.sval ?? []);
}

/** The parts of a table's name. */
export function partsOf(relation: RangeVar | undefined): readonly string[] {
  const { catalogname, schemaname, relname } = relation ?? {};
  return [catalogname, schemaname, relname].filter((part) => part !== undefined && part !== '') as string[];
}

/** Every node of a kind at or below a value, each before what is within it. */
export function within<K extends NodeKind>(value: unknown, kind: K): readonly Of<K>[] {
  if (!isTree(value)) return [];
  let found = indexes.get(value);
  if (found === undefined) {
    found = new Map();
    collect(value, found);
    if (indexes.size >= REMEMBERED) indexes.clear();
    indexes.set(value, found);
  }
  return (found.get(kind) ?? []) as readonly Of<K>[];
}

/** One statement is asked for many kinds, and walked once. A WeakMap of all statements would burden every collection. */
const indexes = new Map<object, Map<string, unknown[]>>();
const REMEMBERED = 8;

function collect(tree: object, found: Map<string, unknown[]>): void {
  if (Array.isArray(tree)) {
    for (const item of tree as readonly unknown[]) if (isTree(item)) collect(item, found);
    return;
  }
  for (const key in tree) {
    const item = (tree as Readonly<Record<string, unknown>>)[key];
    if (!isTree(item)) continue;
    // Kinds of nodes begin with a capital, fields do not.
    if (key < 'a') {
      const same = found.get(key);
      if (same === undefined) found.set(key, [item]);
      else same.push(item);
    }
    collect(item, found);
  }
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether an option of this name is among them: `REINDEX (CONCURRENTLY)`, `VACUUM (FULL)`. */
export function hasOption(options: readonly Node[] | undefined, name: string): boolean {
  return (options ?? []).some((option) => as(option, 'DefElem')?.defname === name);
}
