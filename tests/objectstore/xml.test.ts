import { expect, test } from '@jest/globals';
import { buildXml, childOf, childrenOf, parseXml, textOf } from '../../src/objectstore/xml.ts';

test('texts stay texts, whatever they look like', () => {
  const tag = parseXml('<Tag><Key>007</Key><Value>1e5</Value><Other>true</Other></Tag>', 'Tag');
  expect([textOf(tag, 'Key'), textOf(tag, 'Value'), textOf(tag, 'Other'), textOf(tag, 'Absent')]).toEqual([
    '007',
    '1e5',
    'true',
    '',
  ]);
});

test('entities are decoded, named and numeric, and blanks at the ends stay', () => {
  const entry = parseXml('<E><ETag>&#34;ab&#34;</ETag><Key> a&amp;b&lt;c &#xD;</Key></E>', 'E');
  expect(textOf(entry, 'ETag')).toBe('"ab"');
  expect(textOf(entry, 'Key')).toBe(' a&b<c \r');
});

test('elements that repeat are a list, however many there are', () => {
  const list = (keys: readonly string[]) =>
    childrenOf(parseXml(`<L>\n${keys.map((key) => `<C><K>${key}</K></C>\n`).join('')}</L>`, 'L'), 'C');
  for (const keys of [[], ['a'], ['a', 'b']]) expect(list(keys).map((entry) => textOf(entry, 'K'))).toEqual(keys);
});

test('what is written is read again, characters of markup included', () => {
  const value = {
    Rule: [
      { ID: 'a & b', Filter: { Prefix: '<x>' } },
      { ID: '"c"', Filter: { Prefix: '' } },
    ],
  };
  const rules = childrenOf(parseXml(buildXml('Rules', value), 'Rules'), 'Rule');
  expect(rules.map((rule) => [textOf(rule, 'ID'), textOf(childOf(rule, 'Filter'), 'Prefix')])).toEqual([
    ['a & b', '<x>'],
    ['"c"', ''],
  ]);
});

test.each(['', 'no markup', '<html><body>', '{"Code": "AccessDenied"}'])('%j has no root of that name', (text) => {
  expect(parseXml(text, 'Tagging')).toEqual({});
});
