import { describe, expect, test } from '@jest/globals';
import { readManifests } from '../../src/manifests/objects.ts';
import { parseManifestFile, parseWithPositions } from '../../src/manifests/yaml.ts';
import { yamlBeyond } from '../../src/manifests/yaml-bounds.ts';
import { YamlSource } from '../../src/bundle/source/yaml-source.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { documentsOf } from '../../src/render/documents.ts';

const own = (text: string): readonly string[] => new YamlSource('a', text).problems().map(({ message }) => message);
const asManifest = (text: string): readonly string[] => parseWithPositions(text).problems.map(({ what }) => what);
const TOO_DEEP = 'has more than 100 levels, the most that is taken of it: nest it less';
const levels = (piece: string, count: number, end = '') => `${piece.repeat(count)}a${end.repeat(count)}`;

describe('YAML is read to a depth of 100 levels, and not handed to its reader beyond', () => {
  test.each([
    ['lists in brackets', (count: number) => levels('[', count, ']')],
    ['mappings in brackets', (count: number) => levels('{a: ', count, '}')],
    ['lists on one line', (count: number) => levels('- ', count - 1)],
    ['keys that are mappings, of which some hundred take minutes', (count: number) => levels('? ', count - 1)],
    [
      'mappings on lines',
      (count: number) =>
        Array.from({ length: count - 1 }, (_, at) => `${' '.repeat(at)}a:\n`).join('') + `${' '.repeat(count)}a`,
    ],
    [
      'mappings beside texts of several lines',
      (count: number) =>
        Array.from(
          { length: count - 1 },
          (_, at) => `${' '.repeat(at)}t: |\n${' '.repeat(at + 1)}x\n${' '.repeat(at)}a:\n`,
        ).join('') + `${' '.repeat(count)}a`,
    ],
  ])('%s', (_what, text) => {
    expect(yamlBeyond(text(100))).toBeNull();
    expect(yamlBeyond(text(101))?.what).toBe(TOO_DEEP);
    expect(own(text(1_000))).toEqual([TOO_DEEP]);
    expect(asManifest(text(101))).toEqual([TOO_DEEP]);
  });

  test('and says from where on', () => {
    expect(new YamlSource('a', `a: b\nc: ${levels('[', 100, ']')}`).problems()).toEqual([
      { file: 'a', line: 2, column: 103, message: TOO_DEEP },
    ]);
  });

  test('which a long file of many documents, none of them deep, never comes near', () => {
    const text = `a: {b: [1, "x: y"]} # c\n? k\n: |\n   text\n  - no list\nz:\n- &x !!str b\n- *x\n---\n`.repeat(1_000);
    expect(yamlBeyond(text)).toBeNull();
  });
});

describe('of one YAML file are read', () => {
  test('10,000 documents', () => {
    const text = (count: number) => '---\na: 1\n'.repeat(count);
    const message = 'has more than 10,000 documents, the most that is taken of it: split the file';
    expect(own(text(10_000))).toEqual([]);
    expect(own(text(10_001))).toEqual([message]);
    expect(parseManifestFile(text(10_000)).documents).toHaveLength(10_000);
    expect(parseManifestFile(text(10_001)).problems.map(({ what }) => what)).toEqual([message]);
  });

  test('2,000,000 pieces where places are kept', () => {
    // Each item is a scalar and its comma: three pieces, and five for the rest.
    const text = (items: number) => `[${'1,'.repeat(items)}]`;
    expect(yamlBeyond(text(Math.floor((LIMITS.yamlPieces.most - 5) / 3)))).toBeNull();
    expect(yamlBeyond(text(Math.ceil(LIMITS.yamlPieces.most / 3)))?.what).toBe(
      'has more than 2,000,000 pieces, the most that is taken of it: split the file',
    );
  });
});

describe('Kubernetes objects', () => {
  const item = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}';
  const list = (count: number) =>
    `{"apiVersion":"v1","kind":"List","items":[${Array.from({ length: count }, () => item).join(',')}]}`;

  test('of one file are read up to 20,000, whatever lists they are in', () => {
    expect(readManifests(list(20_000)).objects).toHaveLength(20_000);
    const beyond = readManifests(`${list(20_000)}\n---\n${item}`);
    expect(beyond.objects).toEqual([]);
    expect(beyond.problems.map(({ what }) => what)).toEqual([
      'has more than 20,000 objects, the most that is taken of it: split the file',
    ]);
  });

  test('that one rendering makes are taken up to as many', () => {
    const rendered = documentsOf(list(20_000), () => 'a');
    expect(rendered).toMatchObject({ ok: true });
    expect(() => documentsOf(list(20_001), () => 'a')).toThrow('What is rendered has more than 20,000 objects');
  });
});
