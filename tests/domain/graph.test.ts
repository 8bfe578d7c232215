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
