import { expect, test } from '@jest/globals';
import { elementsOf, rulesOf, type Rule } from '../../src/objectstore/settings/lifecycle-rules.ts';
import { lifecycle } from '../../src/objectstore/settings/lifecycle.ts';
import { buildXml, childrenOf, parseXml } from '../../src/objectstore/xml.ts';

const nothing = { expire: null, noncurrent: null, abort: null, other: null };
const rule = (prefix: string, more: Partial<Rule>): Rule => ({ prefix, ...nothing, ...more });
const parsed = (rules: string) => rulesOf(childrenOf(parseXml(`<L>${rules}</L>`, 'L'), 'Rule'));

test('rules are read again as they were written', () => {
  const rules = [rule('', { expire: 9 }), rule('a & b/', { expire: 1, noncurrent: 2, abort: 3 })];
  const text = buildXml('L', { Rule: rules.map(elementsOf) });
  expect(rulesOf(childrenOf(parseXml(text, 'L'), 'Rule'))).toEqual(rules);
});

test('rules of one prefix that a server keeps apart are one, with the shorter of two times', () => {
  expect(
    parsed(
      '<Rule><ID>1</ID><Status>Enabled</Status><Filter><Prefix>x/</Prefix></Filter><Expiration><Days>9</Days></Expiration></Rule>' +
        '<Rule><ID>2</ID><Status>Enabled</Status><Prefix>x/</Prefix><Expiration><Days>7</Days></Expiration>' +
        '<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>',
    ),
  ).toEqual([rule('x/', { expire: 7, abort: 2 })]);
});

test.each([
  ['<Status>Disabled</Status>', 'Disabled'],
  ['<Status>Enabled</Status><Expiration><Date>2030-01-01</Date></Expiration>', '2030-01-01'],
  ['<Status>Enabled</Status><Transition><Days>3</Days><StorageClass>COLD</StorageClass></Transition>', 'COLD'],
  ['<Status>Enabled</Status><Filter><And><Prefix>x</Prefix><Tag><Key>k</Key></Tag></And></Filter>', '"And"'],
  [
    '<Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>' +
      '<NewerNoncurrentVersions>5</NewerNoncurrentVersions></NoncurrentVersionExpiration>',
    'NewerNoncurrentVersions',
  ],
])('what no step can ask for is kept in view: %s', (inside, shown) => {
  const found = parsed(`<Rule><ID>1</ID>\n ${inside}\n</Rule>`);
  expect(found).toHaveLength(1);
  expect(lifecycle.show(found)[0]).toContain(shown);
});

test('only a rule that covers all keys of another makes its expiry no loss', () => {
  const wanted = [rule('logs/a/', { expire: 5 })];
  expect(lifecycle.loses?.([rule('logs/', { expire: 5 })], wanted)).toEqual([]);
  expect(lifecycle.loses?.([rule('logs/a/b/', { expire: 1 })], wanted)).toHaveLength(1);
  expect(lifecycle.loses?.([rule('logs/', { expire: 1, other: '{"Filter":{"Tag":{}}}' })], wanted)).toHaveLength(1);
  expect(lifecycle.loses?.(null, wanted)).toEqual([]);
});
