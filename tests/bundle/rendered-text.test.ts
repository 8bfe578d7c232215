import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderedText } from '../../src/bundle/rendered/rendered-text.ts';
import type { Json } from '../../src/domain/json.ts';
import { parseManifestFile } from '../../src/manifests/yaml.ts';

const TRICKY = [
  'yes',
  'on',
  '0644',
  '0o17',
  '12:30',
  '1e3',
  'e1',
  '2026-11-23',
  '~',
  'null',
  '.inf',
  '---',
  '# x',
  'a\nb\n',
  ' x',
  '0x1F',
  '1_000',
  '=',
  '*a',
  '&a',
  '!x',
  '%',
  '${{ a }}',
  'C:\\',
];

test('rendered documents mean the same to the engine as what was rendered', () => {
  const text = fc.oneof(fc.constantFrom(...TRICKY), fc.string());
  const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        text.filter((key) => key !== '__proto__' && key !== '<<'),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  }));
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.constantFrom('kind', 'data', ...TRICKY), value, { minKeys: 1, maxKeys: 4 }), {
        minLength: 1,
        maxLength: 3,
      }),
      (values) => {
        const { documents, problems } = parseManifestFile(renderedText(values));
        expect(problems).toEqual([]);
        expect(documents.map((document) => document.value)).toEqual(values);
      },
    ),
  );
});
