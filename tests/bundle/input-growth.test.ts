import { describe, expect, test } from '@jest/globals';
import { readManifests } from '../../src/bundle/checks/manifests.ts';
import { writtenPasswords } from '../../src/bundle/checks/migrations.ts';
import { writtenSecrets } from '../../src/bundle/checks/written-secrets.ts';
import { writtenInText } from '../../src/domain/secret-text.ts';
import { substitute } from '../../src/bundle/source/substitute.ts';
import { YamlSource } from '../../src/bundle/source/yaml-source.ts';

const lines = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join('');
const own = (text: string): readonly string[] => new YamlSource('a', text).problems().map(({ message }) => message);
const asManifests = (text: string): readonly string[] =>
  readManifests(text, ({ line }, message) => ({ file: 'a', line, column: 1, message })).problems.map(
    ({ message }) => message,
  );
const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';

/**
 * None asserts a time: what takes the square of a length, for any of these, takes longer than a test may.
 */
describe('a small file is read in a time that grows with its length', () => {
  test('with 9,000 references to one value', () => {
    const text = `${HEAD}a: &a 1\nb:\n${lines(9_000, () => '- *a\n')}`;
    expect(asManifests(text)).toEqual([]);
    expect(own(text)).toEqual([]);
  });

  test('with 4,000 anchors, each referred to', () => {
    const text = `${HEAD}a:\n${lines(4_000, (at) => `- &a${at} 1\n`)}b:\n${lines(4_000, (at) => `- *a${at}\n`)}`;
    expect(asManifests(text)).toEqual([]);
    expect(own(text)).toEqual([]);
  });

  test('with 50,000 keys in one mapping, and tells the one that stands there twice', () => {
    const text = `${HEAD}data: &a\n${lines(50_000, (at) => `  k${at}: x\n`)}`;
    expect(own(text)).toEqual([]);
    expect(asManifests(`${text}  k7: y\n`)).toEqual(['the key "k7" stands here twice']);
    expect(own(`${text}  k7: y\n`)).toEqual(['the key "k7" stands here twice']);
  });

  test.each(['a', 'a.', 'a-', 'a+b', 'A1', '_', 'a: ', ': ', 'x://', 'a://b:', '-----BEGIN ', '"', "='"])(
    'with a long text without a line break, as it is searched for secrets: %s',
    (piece) => {
      const text = piece.repeat(200_000);
      expect(writtenSecrets({ a: text })).toEqual([]);
      expect(writtenInText('x', text)).toBeNull();
    },
  );

  test('with many passwords, each told at its place', () => {
    const problems = writtenPasswords(
      'a.sql',
      lines(20_000, () => "CREATE ROLE a\n PASSWORD 'x';\n"),
    );
    expect(problems).toHaveLength(20_000);
    expect(problems.at(-1)).toMatchObject({ line: 40_000, column: 2 });
  });

  test('with many parameters to fill in', () => {
    const source = new YamlSource(
      'a',
      lines(20_000, (at) => `k${at}: "\${{ parameters.a }}"\n`),
    );
    const { text, problems } = substitute(source, { values: { a: 'x' }, refuse: () => 'is unknown' });
    expect(problems).toEqual([]);
    expect(text.slice(0, 19)).toBe('k0: "x"\nk1: "x"\nk2:');
  });
});

describe('a file is refused', () => {
  test.each([
    [
      'whose aliases bring millions of values',
      lines(6, (at) =>
        at === 0 ? 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n' : `a${at}: &a${at} [${`*a${at - 1},`.repeat(10)}]\n`,
      ),
      /used so often/,
    ],
    ['whose alias holds itself', 'a: &a [*a]\n', /used so often/],
    [
      'with more than 10,000 anchors and aliases',
      `a: &a 1\nb:\n${lines(10_000, () => '- *a\n')}`,
      /more than 10000 anchors and aliases/,
    ],
  ])('%s', (_, body, message) => {
    expect(asManifests(`${HEAD}${body}`)).toEqual([expect.stringMatching(message)]);
    expect(own(`${HEAD}${body}`)).toEqual([expect.stringMatching(message)]);
  });
});
