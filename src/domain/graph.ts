/** A node of the graph of phases, or of the steps of one phase. */
export interface Node {
  readonly name: string;
  readonly needs: readonly string[];
}

import { LIMITS } from './limits.ts';

const SEARCHED = LIMITS.cycleSearch.most;

/**
 * A shortest cycle, as the names along it with the first repeated at the end, or null. Needs that name no node are ignored
 * here; they are reported where files are validated.
 *
 * Whether there is one is found in time linear in nodes and needs (A. B. Kahn, "Topological sorting of large networks",
 * 1962); which of them is the shortest by breadth-first searches, each cut off at the shortest so far. They end after
 * `SEARCHED` needs: then it is the shortest found.
 */
export function findCycle(nodes: readonly Node[]): readonly string[] | null {
  const needs = knotted(nodes);
  let shortest = anyCycle(needs);
  const search = { left: SEARCHED, from: new Map<number, number>() };
  for (const start of needs.keys()) {
    if (shortest === null || shortest.length <= 1 || search.left <= 0) break;
    shortest = shorterCycle(start, needs, shortest.length, search) ?? shortest;
  }
  if (shortest === null) return null;
  return [...shortest, ...shortest.slice(0, 1)].map((index) => nodes[index]?.name ?? '');
}

type Needs = ReadonlyMap<number, readonly number[]>;

/** The nodes that are never ready, by their index, and what they need of each other: at least one each. */
function knotted(nodes: readonly Node[]): Needs {
  const byName = new Map(nodes.map((node, index) => [node.name, index]));
  const needs = nodes.map((node, index) =>
    byName.get(node.name) === index
      ? [...new Set(node.needs)].map((need) => byName.get(need)).filter((need) => need !== undefined)
      : [],
  );
  const neededBy = nodes.map((): number[] => []);
  for (const [index, all] of needs.entries()) for (const need of all) neededBy[need]?.push(index);
  const open = needs.map((all) => all.length);
  const ready = [...open.keys()].filter((index) => open[index] === 0);
  const done = new Set(ready);
  for (let next = ready.pop(); next !== undefined; next = ready.pop())
    for (const index of neededBy[next] ?? []) {
      const left = (open[index] ?? 0) - 1;
      open[index] = left;
      if (left > 0) continue;
      done.add(index);
      ready.push(index);
    }
  return new Map(
    [...needs.entries()]
      .filter(([index]) => !done.has(index))
      .map(([index, all]) => [index, all.filter((need) => !done.has(need))]),
  );
}

/** Along the first need of each: it comes back sooner or later. */
function anyCycle(needs: Needs): readonly number[] | null {
  const at = new Map<number, number>();
  const path: number[] = [];
  let [next] = needs.keys();
  for (; next !== undefined && !at.has(next); next = needs.get(next)?.[0]) {
    at.set(next, path.length);
    path.push(next);
  }
  return next === undefined ? null : path.slice(at.get(next));
}

/** A shortest cycle through `start` of fewer nodes than `length`; null when there is none. */
function shorterCycle(
  start: number,
  needs: Needs,
  length: number,
  search: { left: number; readonly from: Map<number, number> },
): readonly number[] | null {
  const { from } = search;
  from.clear();
  let level = [start];
  for (let depth = 1; depth < length && level.length > 0; depth += 1) {
    const below: number[] = [];
    for (const node of level)
      for (const need of needs.get(node) ?? []) {
        search.left -= 1;
        if (need === start) return pathTo(node, start, from);
        if (search.left <= 0) return null;
        if (from.has(need)) continue;
        from.set(need, node);
        below.push(need);
      }
    level = below;
  }
  return null;
}

function pathTo(end: number, start: number, from: ReadonlyMap<number, number>): readonly number[] {
  const path: number[] = [];
  for (let node: number | undefined = end; node !== undefined && node !== start; node = from.get(node)) path.push(node);
  return [start, ...path.reverse()];
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
  const open = [name];
  for (let of = open.pop(); of !== undefined; of = open.pop())
    for (const need of byName.get(of)?.needs ?? []) {
      if (needed.has(need) || !byName.has(need)) continue;
      needed.add(need);
      open.push(need);
    }
  return needed;
}
