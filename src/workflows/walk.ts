import { readyNodes, type Node } from '../domain/graph.ts';

export interface WalkOptions<N extends Node> {
  /** Whether a node was begun before this walk (its state was carried over a continue-as-new). */
  readonly begun: (name: string) => boolean;
  readonly satisfied: (name: string) => boolean;
  /** Asked before anything new begins; what runs already goes on. */
  readonly mayStart: () => boolean;
  /** Nodes that a walk before has begun and that are still carried through, each until its end. */
  readonly resumed?: ReadonlyMap<string, Promise<void>>;
  /** Carries one node through. Must not reject: failures are states, not exceptions. */
  readonly carry: (node: N) => Promise<void>;
}

/**
 * Carries the nodes of a graph through, independent ones side by side; returns when nothing runs and nothing may start.
 *
 * @throws the first rejection of `options.carry`, while others may still run.
 */
export async function walk<N extends Node>(nodes: readonly N[], options: WalkOptions<N>): Promise<void> {
  const running = new Map<string, Promise<void>>();
  for (const [name, carried] of options.resumed ?? [])
    running.set(
      name,
      carried.finally(() => running.delete(name)),
    );
  for (;;) {
    if (options.mayStart()) {
      const begun = (name: string) => running.has(name) || options.begun(name);
      for (const node of readyNodes(nodes, begun, options.satisfied)) {
        running.set(
          node.name,
          options.carry(node).finally(() => running.delete(node.name)),
        );
      }
    }
    if (running.size === 0) return;
    await Promise.race(running.values());
  }
}
