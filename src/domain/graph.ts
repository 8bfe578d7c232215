/** A node of the graph of phases, or of the steps of one phase. */
export interface Node {
  readonly name: string;
  readonly needs: readonly string[];
}

/**
 * The first cycle found, as the names along it with the first repeated at the end, or null. Needs that name no node are
 * ignored here; they are reported where files are validated.
 */
export function findCycle(nodes: readonly Node[]): readonly string[] | null {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | null => {
    const seen = path.indexOf(name);
    if (seen >= 0) return [...path.slice(seen), name];
    const node = byName.get(name);
    if (!node || done.has(name)) return null;
    for (const need of node.needs) {
      const cycle = visit(need, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return null;
  };
  for (const node of nodes) {
    const cycle = visit(node.name, []);
    if (cycle) return cycle;
  }
  return null;
}

/** Nodes that have not begun and whose needs are all satisfied, in declaration order. */
export function readyNodes<N extends Node>(
  nodes: readonly N[],
  begun: (name: string) => boolean,
  satisfied: (name: string) => boolean,
): readonly N[] {
  return nodes.filter((node) => !begun(node.name) && node.needs.every(satisfied));
}

/** The names of all that must be done before a node is begun, however far back; needs that name no node are ignored. */
export function neededBy(name: string, nodes: readonly Node[]): ReadonlySet<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const needed = new Set<string>();
  const visit = (of: string): void => {
    for (const need of byName.get(of)?.needs ?? []) {
      if (needed.has(need) || !byName.has(need)) continue;
      needed.add(need);
      visit(need);
    }
  };
  visit(name);
  return needed;
}
