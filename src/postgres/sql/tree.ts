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

/** Every node of a kind at or below a value. */
export function* within<K extends NodeKind>(value: unknown, kind: K): Generator<Of<K>> {
  if (Array.isArray(value)) {
    for (const item of value) yield* within(item, kind);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === kind) yield item as Of<K>;
      yield* within(item, kind);
    }
  }
}

/** Whether an option of this name is among them: `REINDEX (CONCURRENTLY)`, `VACUUM (FULL)`. */
export function hasOption(options: readonly Node[] | undefined, name: string): boolean {
  return (options ?? []).some((option) => as(option, 'DefElem')?.defname === name);
}
