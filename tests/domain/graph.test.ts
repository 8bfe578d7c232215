import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findCycle, neededBy, readyNodes, type Node } from '../../src/domain/graph.ts';

const names = ['a', 'b', 'c', 'd', 'e'] as const;
const graph = fc.tuple(...names.map((name) => fc.subarray([...names]).map((needs): Node => ({ name, needs }))));

describe('a graph of needs', () => {
  test('has a cycle exactly when doing what is ready, again and again, gets stuck', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const done = new Set<string>();
        for (;;) {
          const ready = readyNodes(
            nodes,
            (name) => done.has(name),
            (name) => done.has(name),
          );
          if (ready.length === 0) break;
          for (const node of ready) done.add(node.name);
        }
        expect(findCycle(nodes) === null).toBe(done.size === nodes.length);
      }),
    );
  });

  test('tells a cycle as a path along needs that ends where it begins', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const cycle = findCycle(nodes) ?? [];
        expect(cycle.at(0)).toBe(cycle.at(-1));
        for (const [index, name] of cycle.slice(0, -1).entries())
          expect(nodes.find((node) => node.name === name)?.needs).toContain(cycle[index + 1]);
      }),
    );
  });

  test('tells one of the shortest cycles', () => {
    /** Powers of the graph's matrix: the first with something on its diagonal has the length of a shortest cycle. */
    const girth = (nodes: readonly Node[]): number => {
      let reached = nodes.map(({ name }) => new Set([name]));
      for (let length = 1; length <= nodes.length; length += 1) {
        reached = reached.map(
          (all) => new Set([...all].flatMap((one) => nodes.find(({ name }) => name === one)!.needs)),
        );
        if (reached.some((all, index) => all.has(nodes[index]!.name))) return length;
      }
      return 0;
    };
    fc.assert(
      fc.property(graph, (nodes) => {
        expect(Math.max(0, (findCycle(nodes)?.length ?? 0) - 1)).toBe(girth(nodes));
      }),
    );
  });

  test.each([
    ['all need all others', (at: number, all: string[]) => all.filter((_, other) => other !== at), 3],
    [
      'each needs all before it, and the first the last',
      (at: number, all: string[]) => (at === 0 ? all.slice(-1) : all.slice(0, at)),
      3,
    ],
    ['each needs all before it', (at: number, all: string[]) => all.slice(0, at), null],
    ['each needs all after it', (at: number, all: string[]) => all.slice(at + 1), null],
    [
      'each needs the next, and the last the first',
      (at: number, all: string[]) => [all[(at + 1) % all.length]!],
      1_001,
    ],
    [
      'each needs the few after it, all around',
      (at: number, all: string[]) => [1, 2, 3].map((more) => all[(at + more) % all.length]!),
      335,
    ],
  ])('of 1,000 nodes is looked through without following every path: %s', (_, needsOf, length) => {
    const all = Array.from({ length: 1_000 }, (__, at) => `n${at}`);
    expect(findCycle(all.map((name, at) => ({ name, needs: needsOf(at, all) })))?.length ?? null).toBe(length);
  });

  test('may be as deep as it likes', () => {
    const chain = Array.from({ length: 50_000 }, (_, at) => ({ name: `n${at}`, needs: [`n${at + 1}`] }));
    expect(findCycle(chain)).toBeNull();
    expect(neededBy('n0', chain).size).toBe(49_999);
  });

  test('is ready in the order of declaration, and never twice', () => {
    const nodes: readonly Node[] = [
      { name: 'late', needs: ['early'] },
      { name: 'free', needs: [] },
      { name: 'early', needs: [] },
    ];
    expect(
      readyNodes(
        nodes,
        () => false,
        () => false,
      ).map((node) => node.name),
    ).toEqual(['free', 'early']);
    expect(
      readyNodes(
        nodes,
        (name) => name !== 'late',
        (name) => name === 'early',
      ).map((node) => node.name),
    ).toEqual(['late']);
  });

  test('is needed by whatever cannot be begun without it, circles or not', () => {
    const nodes: readonly Node[] = [
      { name: 'a', needs: ['b', 'gone'] },
      { name: 'b', needs: ['c'] },
      { name: 'c', needs: [] },
      { name: 'd', needs: ['e'] },
      { name: 'e', needs: ['d'] },
    ];
    expect(nodes.map(({ name }) => [...neededBy(name, nodes)].sort().join(''))).toEqual(['bc', 'c', '', 'de', 'de']);
  });
});
