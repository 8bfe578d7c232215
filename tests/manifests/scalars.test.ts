import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderedText } from '../../src/bundle/rendered/rendered-text.ts';
import { compileExpression } from '../../src/domain/expression.ts';
import { canonicalJson, jsonText, parseJson, type Json } from '../../src/domain/json.ts';
import type { KubernetesObject } from '../../src/domain/kubernetes-api.ts';
import { differences, differenceLine } from '../../src/kubernetes/plan/diff.ts';
import { readManifests } from '../../src/manifests/objects.ts';
import { parseManifestFile, parseWithPositions } from '../../src/manifests/yaml.ts';
import { resourceOf, scalars } from './kubectl.ts';

/** Scalars, and the JSON that kubectl 1.36.3 wrote for each; `integration/kubernetes-equality` asks it for others. */
const RECORDED = JSON.parse(
  readFileSync(new URL('../fixtures/manifests/kubectl-1.36.3-scalars.json', import.meta.url), 'utf8'),
) as readonly (readonly [source: string, json: string])[];

const specOf = (text: string) => {
  const { objects, problems } = readManifests(text);
  expect(problems).toEqual([]);
  return objects[0]?.object.spec as Readonly<Record<string, Json>>;
};

describe('a plain scalar', () => {
  test('is what kubectl takes it for, to the last digit', () => {
    const spec = specOf(resourceOf(RECORDED.map(([source]) => source)));
    const ours = RECORDED.map(([source], index) => [source, canonicalJson(spec[`v${String(index)}`])]);
    expect(ours).toEqual(RECORDED.map(([source, json]) => [source, canonicalJson(parseJson(json))]));
    const whole = RECORDED.filter(([, json]) => /^-?\d{1,18}$/.test(json));
    expect(whole.length).toBeGreaterThan(50);
    for (const [source, json] of whole) expect(jsonText(specOf(resourceOf([source]))['v0'])).toBe(json);
  });

  test.each(['.inf', '-.INF', '+.Inf', '.nan', '[.NaN]', '{ a: .inf }'])(
    'that JSON cannot carry (%s) is refused at its place',
    (source) => {
      const { problems } = readManifests(resourceOf(['1', source]));
      expect(problems).toMatchObject([{ line: 7, what: expect.stringContaining('a number that JSON cannot carry') }]);
    },
  );

  test.each([
    ['null: 1', 'is null to kubectl'],
    ['1.5: 1', 'is a number to kubectl'],
    ['9007199254740993: 1', 'is a number to kubectl'],
    ['[a]: 1', 'a key must be a text'],
    ['yes: 1, true: 2', 'stands here twice'],
    ['y: 1, "true": 2', 'stands here twice'],
    ['a: !!binary aGk=', 'a tag that is not known here'],
    ['a: !!set { b }', 'a tag that is not known here'],
    ['a: !thing b', 'a tag that is not known here'],
    ['a: !!int x', 'a tag that is not known here'],
  ])('as a key, or with a tag, that kubectl reads in its own way is refused: %s', (inside, why) => {
    const { problems } = readManifests(resourceOf([`{ ${inside} }`]));
    expect(problems.map(({ line, what }) => [line, what])).toEqual([[6, expect.stringContaining(why)]]);
  });

  test('that kubectl makes a text of as a key is that text', () => {
    expect(specOf(resourceOf(['{ y: 1, off: 2, 12: 3, 0x10: 4 }']))['v0']).toEqual({ true: 1, false: 2, 12: 3, 16: 4 });
  });

  test('a merge that kubectl would let win over a key before it is refused, and taken where it comes first', () => {
    const base = 'base: &base { a: 1, b: 1 }\n';
    const late = readManifests(`${base}${resourceOf(['{ a: 2, <<: *base }'])}`);
    expect(late.problems).toMatchObject([{ line: 7, what: expect.stringContaining('must come before the key "a"') }]);
    expect(specOf(`${base}${resourceOf(['{ <<: *base, a: 2 }'])}`)['v0']).toEqual({ a: 2, b: 1 });
    expect(specOf(`${base}${resourceOf(['{ c: 2, <<: *base }'])}`)['v0']).toEqual({ a: 1, b: 1, c: 2 });
  });
});

describe('a whole number of 64 bits', () => {
  const wholes = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.integer({ min: -3, max: 3 }).map((off) => 2n ** 53n + BigInt(off)),
  );

  test('goes from a file to the API server and back, and is itself', () => {
    fc.assert(
      fc.property(fc.array(wholes, { minLength: 1, maxLength: 6 }), (values) => {
        const { objects } = readManifests(resourceOf(values.map(String)));
        const object = objects[0]!.object;
        const rendered = readManifests(renderedText([object])).objects[0]!.object;
        expect(rendered).toEqual(object);
        const body = jsonText(rendered);
        for (const [index, value] of values.entries()) expect(body).toContain(`"v${String(index)}":${String(value)}`);
        const live = parseJson(body) as KubernetesObject;
        expect(differences(object, live, { statusApart: true })).toEqual([]);
        expect(canonicalJson(live)).toBe(canonicalJson(object));
      }),
    );
  });

  test('differs from its neighbour in plan, digest and expression', () => {
    fc.assert(
      fc.property(wholes, (value) => {
        const neighbour = value === 2n ** 63n - 1n ? value - 1n : value + 1n;
        const [one, other] = [value, neighbour].map(
          (each) => readManifests(resourceOf([String(each)])).objects[0]!.object,
        );
        const found = differences(one!, other!, { statusApart: true });
        expect(found.map((difference) => differenceLine(one!, difference))).toEqual([
          `spec.v0: ${String(value)} -> ${String(neighbour)}`,
        ]);
        expect(canonicalJson(one)).not.toBe(canonicalJson(other));
        const isValue = compileExpression(`self.spec.v0 == ${String(value)}`);
        // The least of them cannot be written in CEL without its sign.
        fc.pre(value !== -(2n ** 63n));
        expect([isValue.of(one!), isValue.of(other!)]).toEqual([{ holds: true }, { holds: false }]);
      }),
    );
  });

  test('in a live object is read exactly, inside of texts nothing is touched', () => {
    const text =
      '{"a":9007199254740993,"b":[-1152921504606846977],"c":"x, 9007199254740993","d":1.5,"e":18446744073709551615}';
    const value = parseJson(text);
    expect(value).toEqual({
      ...{ a: 9007199254740993n, b: [-1152921504606846977n], c: 'x, 9007199254740993', d: 1.5 },
      // Beyond 64 bits Kubernetes itself holds a double.
      e: Number('18446744073709551615'),
    });
    expect(jsonText(value)).toBe(text.replace('18446744073709551615', '18446744073709552000'));
  });
});

test('any scalar is read alike by both readers, and written so that it is read again', () => {
  fc.assert(
    fc.property(fc.array(scalars, { maxLength: 5 }), (sources) => {
      const text = resourceOf(sources);
      const quick = parseManifestFile(text);
      expect(quick).toEqual(parseWithPositions(text));
      const values = quick.documents.map(({ value }) => value);
      expect(parseManifestFile(renderedText(values)).documents.map(({ value }) => value)).toEqual(values);
    }),
    { numRuns: 300 },
  );
});
