import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import type { ParameterValue } from '../../src/domain/rollout.ts';
import { AS_KUBECTL_READS } from '../../src/manifests/yaml-schema.ts';
import { substitute } from '../../src/bundle/source/substitute.ts';
import { YamlSource } from '../../src/bundle/source/yaml-source.ts';

function filled(text: string, values: Record<string, ParameterValue>): string {
  const result = substitute(new YamlSource('a.yaml', text), { values, refuse: (name) => `lacks ${name}` });
  expect(result.problems).toEqual([]);
  return result.text;
}

describe('parameters in YAML', () => {
  test.each<[string, string, string]>([
    ['alone, a number stays one', 'a: ${{ parameters.n }}\n', 'a: 3\n'],
    ['alone, a boolean stays one', 'a: ${{parameters.yes}}\n', 'a: true\n'],
    ['in quotes it is text', 'a: \'${{ parameters.n }}\'\nb: "${{ parameters.yes }}"\n', 'a: "3"\nb: "true"\n'],
    ['tagged as text it is text', 'a: !!str ${{ parameters.n }}\n', 'a: !!str "3"\n'],
    ['within a text it is text', 'a: v${{ parameters.n }}\n', 'a: "v3"\n'],
    ['a text that looks like a number stays text', 'a: ${{ parameters.digits }}\n', 'a: "007"\n'],
    ['what would be YAML in a value is only text', 'a: ${{ parameters.evil }}\n', 'a: "x: [y]\\nb: *z # \\"q\\""\n'],
    ['block texts keep their lines', 'a: |\n  x=${{ parameters.n }}\n  y\n', 'a: |\n  x=3\n  y\n'],
    [
      'unless a value has lines of its own',
      'a: |\n  ${{ parameters.evil }}\nc: 1\n',
      'a: "x: [y]\\nb: *z # \\"q\\"\\n"\nc: 1\n',
    ],
    ['a doubled dollar stands for the text itself', 'a: "$${{ x }} ${{ parameters.n }}"\n', 'a: "${{ x }} 3"\n'],
    [
      'comments stay as they are',
      '# ${{ nothing }}\na: 1 # ${{ parameters.n }}\n',
      '# ${{ nothing }}\na: 1 # ${{ parameters.n }}\n',
    ],
    ['in JSON too', '{"a": "x${{ parameters.n }}"}\n', '{"a": "x3"}\n'],
    ['in every document', 'a: ${{ parameters.n }}\n---\na: ${{ parameters.n }}\n', 'a: 3\n---\na: 3\n'],
  ])('%s', (_what, before, after) => {
    const values = { n: 3, yes: true, digits: '007', evil: 'x: [y]\nb: *z # "q"' };
    expect(filled(before, values)).toBe(after);
  });

  const keys = fc.constantFrom('a', 'b', 'c', 'd');
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom('', ' ', 'a\nb', '- x', '%', '\r\n', "'", '"', '|', '\t'),
  );
  const text = fc
    .array(fc.oneof(fc.string(), fc.constantFrom('${{ parameters.p }}', '${{parameters.q}}', '\n', ' ', ': ')), {
      maxLength: 6,
    })
    .map((parts) => parts.join(''));
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(keys, tie('node'), { maxKeys: 3 }),
    ),
  })).node;
  const style = fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED');

  test('the text after substitution means exactly what the nodes say, for any data, style and value', () => {
    fc.assert(
      fc.property(tree, style, value, value, fc.constantFrom('own', 'kubectl'), (data, defaultStringType, p, q, as) => {
        const options = as === 'own' ? { version: '1.2' as const } : AS_KUBECTL_READS;
        const written = stringify({ data }, { ...options, defaultStringType, defaultKeyType: 'PLAIN', lineWidth: 0 });
        const source = new YamlSource('a.yaml', written, as);
        const result = substitute(source, { values: { p, q }, refuse: () => null });
        fc.pre(source.problems().length === 0 && result.failed.size === 0 && result.problems.length === 0);
        expect(parse(result.text, options)).toEqual(source.documents[0]?.toJS());
      }),
      { numRuns: 1_000 },
    );
  });

  test('a source without placeholders comes out byte for byte', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((written) => !written.includes('${{')),
        (written) => {
          const result = substitute(new YamlSource('a.yaml', written), { values: {}, refuse: () => null });
          expect(result.text).toBe(written);
        },
      ),
    );
  });
});

test('a place in the text after substitution leads back to its place in the source', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(word, fc.boolean(), fc.string()), { minLength: 1, maxLength: 6 }), (fields) => {
      const lines = fields.map(([name, filled], index) =>
        filled ? `${name}${String(index)}: \${{ parameters.p${String(index)} }}` : `${name}${String(index)}: ${name}`,
      );
      const source = new YamlSource('a.yaml', lines.join('\n'), 'kubectl');
      const values = Object.fromEntries(fields.map(([, , value], index) => [`p${String(index)}`, value]));
      const { text, sourceOffset } = substitute(source, { values, refuse: () => null });
      for (const [index, line] of lines.entries()) {
        const key = line.slice(0, line.indexOf(':') + 1);
        expect(sourceOffset(text.indexOf(`\n${key}`) + 1)).toBe(source.text.indexOf(`\n${key}`) + 1);
        expect(source.problem(sourceOffset(text.indexOf(key)), '').line).toBe(index + 1);
      }
    }),
  );
});
