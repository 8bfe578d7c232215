import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { equalJson, isList, isObject } from '../../src/domain/json-fields.ts';
import { differences, type Difference } from '../../src/kubernetes/plan/diff.ts';

const APART = { statusApart: true };

const key = fc.string({ minLength: 1, maxLength: 4, unit: fc.constantFrom('a', 'b', 'c', '.', '/') });
const leaf = fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 3 }), fc.boolean());
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    // Items with names of their own, as containers have.
    fc
      .uniqueArray(fc.tuple(fc.constantFrom('x', 'y', 'z'), tie('value')), { maxLength: 3, selector: ([name]) => name })
      .map((items) => items.map(([name, inside]) => ({ name, inside }))),
    // Items whose names do not tell them apart.
    fc.array(fc.record({ name: fc.constantFrom('x', 'y'), inside: tie('value') }), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
  ),
}));
const thing = (spec: Json): KubernetesObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name: 'one' },
  spec,
});

/** The value at a path as differences tell them: `[web]` and `[0]` are items of lists. */
function at(whole: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((here, step) => {
    if (isList(here)) {
      const name = step.slice(1, -1);
      return here.find((item) => isObject(item) && item['name'] === name) ?? here[Number(name)];
    }
    return isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }, whole);
}

const flipped = ({ path, before, after }: Difference) => ({ path, before: after, after: before });
const byPath = (a: Difference, b: Difference) => (JSON.stringify(a.path) < JSON.stringify(b.path) ? -1 : 1);

describe('what differs between two states of an object', () => {
  test('is nothing exactly when they are equal', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(differences(thing(a), thing(structuredClone(a)), APART)).toEqual([]);
        expect(differences(thing(a), thing(b), APART).length === 0).toBe(equalJson(a, b));
      }),
    );
  });

  test('is told where it is, once, with what is there before and after', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const found = differences(thing(a), thing(b), APART);
        expect(new Set(found.map(({ path }) => JSON.stringify(path))).size).toBe(found.length);
        for (const { path, before, after } of found) {
          expect(equalJson(before, after)).toBe(false);
          expect(at(thing(a), path)).toEqual(before);
          expect(at(thing(b), path)).toEqual(after);
        }
      }),
    );
  });

  test('is the same seen from the other side', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const there = differences(thing(a), thing(b), APART).sort(byPath);
        expect(differences(thing(b), thing(a), APART).map(flipped).sort(byPath)).toEqual(there);
      }),
    );
  });

  test('is every leaf that was changed, and no other', () => {
    const fields = fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), leaf, { minKeys: 1, maxKeys: 8 });
    fc.assert(
      fc.property(fields, fc.infiniteStream(fc.boolean()), (data, chosen) => {
        const changed = new Set(Object.keys(data).filter(() => chosen.next().value));
        const edited: JsonObject = Object.fromEntries(
          Object.entries(data).map(([name, text]) => [name, changed.has(name) ? `${String(text)}, edited` : text]),
        );
        const found = differences(thing({ deep: { data } }), thing({ deep: { data: edited } }), APART);
        expect(found.map(({ path }) => path)).toEqual(
          [...changed].sort().map((name) => ['spec', 'deep', 'data', name]),
        );
      }),
    );
  });

  test('leaves out what the server keeps for itself', () => {
    fc.assert(
      fc.property(value, fc.string(), fc.nat(), (spec, resourceVersion, generation) => {
        const stored = thing(spec);
        const later = { ...stored, metadata: { ...stored.metadata, resourceVersion, generation }, status: { spec } };
        expect(differences(stored, later, APART)).toEqual([]);
      }),
    );
  });
});
