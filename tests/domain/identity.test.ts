import { expect, test } from '@jest/globals';
import { isAmong, isGroup, isSameIdentity } from '../../src/domain/identity.ts';

test.each([
  ['Linus', 'linus'],
  ['ｌｉｎｕｓ', 'LINUS'],
  ['Straße', 'STRASSE'],
  ['Ὀδυσσεύς', 'ὈΔΥΣΣΕΎΣ'],
  ['e\u0301ve', '\u00e9ve'],
  ['\ufb01n', 'FIN'],
])('%s and %s are one person', (a, b) => {
  expect(isSameIdentity(a, b)).toBe(true);
});

test.each([
  ['linus', 'linux'],
  ['li nus', 'linus'],
  // A Cyrillic letter that looks the same is another: a policy names who counts.
  ['linus', 'l\u0456nus'],
])('%s and %s are two', (a, b) => {
  expect(isSameIdentity(a, b)).toBe(false);
});

test('a group stands for its members, and for nobody who is called like it', () => {
  const groups = { platform: ['Ada'], empty: [] };
  expect(isAmong('ada', ['platform'], groups)).toBe(true);
  expect(isAmong('platform', ['platform', 'grace'], groups)).toBe(false);
  expect(isAmong('empty', ['empty'], groups)).toBe(false);
  expect(isAmong('constructor', ['constructor'], {})).toBe(true);
  expect(isGroup(groups, 'Platform')).toBe(true);
  expect(isGroup(groups, 'constructor')).toBe(false);
});
