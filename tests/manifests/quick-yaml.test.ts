import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseManifestFile, parseWithPositions } from '../../src/manifests/yaml.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const FILES = globSync('{rollouts,examples,tests/fixtures,deploy}/**/*.{yaml,yml,json}', { cwd: root });

/** Scalars that are numbers, truths or nothing for one version of YAML and text for another. */
const SCALARS = [
  ...[
    '',
    '~',
    'null',
    'Null',
    'NULL',
    'nULL',
    'y',
    'Y',
    'yes',
    'Yes',
    'YES',
    'yEs',
    'n',
    'no',
    'No',
    'off',
    'OFF',
    'on',
  ],
  ...[
    'true',
    'True',
    'TRUE',
    'tRUE',
    'false',
    '0',
    '-0',
    '+0',
    '7',
    '007',
    '008',
    '0644',
    '0o17',
    '0o8',
    '0x1F',
    '0X1F',
  ],
  ...['0b101', '1_000', '_1', '1_', '-0x1', '+12', '--1', '1.', '.5', '1.5', '-1.5', '1.5.0', '1e3', 'e1', '1e', '.e1'],
  ...[
    '1E+3',
    '1.e5',
    '1.5_0',
    '.inf',
    '-.INF',
    '.nan',
    'nan',
    'inf',
    '12:30',
    '1:2:3',
    '2026-11-23',
    '2026-11-23T00:00:00Z',
  ],
  ...[
    '12345678901234567890',
    '0.1.2',
    'v1',
    '-',
    '- x',
    '?',
    ': x',
    'a: b',
    'a:b',
    'a #b',
    '#',
    'a#b',
    '%x',
    '@x',
    '`x',
  ],
  ...[
    '<<',
    '=',
    '!x',
    '!!str 1',
    '!!int "1"',
    '&a x',
    '*a',
    '[1, yes]',
    '{a: 0644}',
    '"1"',
    "'yes'",
    '"\\u0041"',
    '|',
    '>-',
  ],
  ...['__proto__', 'constructor', '\t', 'é', '😀', '"', "'", 'x y', '...', '---', '{', '[', ',', '1 # one', 'yes # no'],
];

const scalar = fc.constantFrom(...SCALARS);
const key = fc.oneof(scalar, fc.stringMatching(/^[a-z][a-z0-9.-]{0,5}$/));
const line = fc
  .tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('pair', 'item', 'item pair', 'text', 'mark', 'empty'),
    key,
    scalar,
  )
  .map(([depth, form, name, value]) => {
    const indent = '  '.repeat(depth);
    if (form === 'pair') return `${indent}${name}: ${value}`;
    if (form === 'item') return `${indent}- ${value}`;
    if (form === 'item pair') return `${indent}- ${name}: ${value}`;
    if (form === 'text') return `${indent}${value}`;
    return form === 'mark' ? '---' : '';
  });

/** As tests compare: -0 is not 0, and a key `__proto__` is a key. */
function told({ documents, problems }: ReturnType<typeof parseManifestFile>): unknown {
  return problems.length > 0 ? 'refused' : documents.map(({ value, index }) => [index, exact(value)]);
}

function exact(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : value;
  if (Array.isArray(value)) return value.map(exact);
  return Object.entries(value).map(([name, inner]) => [name, exact(inner)]);
}

describe('the quick reader of manifests', () => {
  test.each(FILES)('reads %s to what the other one does', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    expect(told(parseManifestFile(text))).toEqual(told(parseWithPositions(text)));
  });

  test.each(SCALARS)('takes %j for what the other one does, as a value, an item and a key', (value) => {
    for (const text of [
      `a: ${value}`,
      `- ${value}`,
      `${value}: 1`,
      `a: [${value}, 1]`,
      `a:\n  b: ${value}\n  c: 1\n`,
      value,
    ])
      expect([text, told(parseManifestFile(text))]).toEqual([text, told(parseWithPositions(text))]);
  });

  test('reads any text to what the other one does, or leaves it to that', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const text = lines.join('\n');
        expect(told(parseManifestFile(text))).toEqual(told(parseWithPositions(text)));
      }),
      { numRuns: 5_000 },
    );
  });
});
