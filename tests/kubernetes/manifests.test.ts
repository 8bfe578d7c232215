import { describe, expect, test } from '@jest/globals';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { loadManifests } from '../../src/kubernetes/manifests/load.ts';
import { nameProblem } from '../../src/manifests/names.ts';
import { filesOf } from './bundle-files.ts';

const load = (files: Record<string, string>, paths = Object.keys(files)) => loadManifests(paths, filesOf(files));

async function failureOf(files: Record<string, string>, paths?: string[]): Promise<WindlassFailure> {
  const error: unknown = await load(files, paths).catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) throw new Error('no failure was thrown');
  return error;
}

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;

describe('reading manifests', () => {
  test('takes every document of every file of a directory, in order, and nothing else', async () => {
    const files = {
      'app/b.yaml': `${configMap('two')}---\n---\n# nothing\n---\n${configMap('three')}`,
      'app/a.yml': configMap('one'),
      'app/c.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"four"}}',
      'app/README.md': '# not a manifest',
    };
    const manifests = await load(files, ['app']);
    expect(manifests.map(({ object }) => object.metadata.name)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('reads a file once, though two paths lead to it', async () => {
    const manifests = await load({ 'app/a.yaml': configMap('one') }, ['app', 'app/a.yaml']);
    expect(manifests).toHaveLength(1);
  });

  test('expands lists, also typed ones whose items leave out their kind', async () => {
    const text = `apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: one } }
  - apiVersion: v1
    kind: ConfigMapList
    items:
      - metadata: { name: two }
`;
    const manifests = await load({ 'list.yaml': text });
    expect(manifests.map(({ object }) => [object.kind, object.metadata.name])).toEqual([
      ['ConfigMap', 'one'],
      ['ConfigMap', 'two'],
    ]);
    expect(manifests[1]?.at(['metadata', 'name'])).toBe('list.yaml:8:21');
  });

  test('reads scalars as the tools of the field do', async () => {
    const text = `${configMap('one')}data:
  mode: 0644
  on-switch: yes
  time: 12:30
  day: 2026-11-23
  word: e1
  version: 1.10
  text: "yes"
`;
    const [manifest] = await load({ 'a.yaml': text });
    expect(manifest?.object.data).toEqual({
      mode: 420,
      'on-switch': true,
      time: '12:30',
      day: '2026-11-23',
      word: 'e1',
      version: 1.1,
      text: 'yes',
    });
  });

  test('follows anchors and merge keys', async () => {
    const text = `${configMap('one')}base: &base { a: 1, b: 1 }\ndata:\n  <<: *base\n  b: 2\n`;
    const [manifest] = await load({ 'a.yaml': text });
    expect(manifest?.object.data).toEqual({ a: 1, b: 2 });
  });

  test('tells where a field is written', async () => {
    const [, second] = await load({
      'a.yaml': `${configMap('one')}---\n${configMap('two')}data:\n  deep:\n    - x: 1\n      z: 2\n`,
    });
    expect(second?.at()).toBe('a.yaml:5:1');
    expect(second?.at(['data', 'deep', 0, 'z'])).toBe('a.yaml:11:7');
    expect(second?.at(['data', 'deep', 0, 'missing'])).toBe('a.yaml:10:7');
  });
});

describe('manifests that cannot be read', () => {
  test('are told all together, with file, line and column', async () => {
    const failure = await failureOf({
      'a.yaml': 'a: [1,\n',
      'b.yaml': `${configMap('one')}---\nkind: ConfigMap\nmetadata: {}\n---\njust text\n`,
      'c.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: x-\n',
    });
    expect(failure.type).toBe('InvalidManifest');
    const problems = failure.options.facts?.problems as string[];
    expect(problems.map((line) => line.slice(0, line.indexOf(' ') < 0 ? undefined : line.indexOf(' ')))).toEqual([
      'a.yaml:2:1:',
      'b.yaml:5:1:',
      'b.yaml:6:1:',
      'b.yaml:8:1:',
      'c.yaml:4:3:',
    ]);
    expect(failure.message).toContain('generateName');
  });

  test('a key given twice is a problem, not a choice', async () => {
    const failure = await failureOf({ 'a.yaml': `${configMap('one')}data: { a: 1 }\ndata: { b: 1 }\n` });
    expect(failure.message).toMatch(/a\.yaml:5:1: the key "data" stands here twice/);
  });

  test('an alias bomb is refused', async () => {
    const lines = ['apiVersion: v1', 'kind: ConfigMap', 'metadata: { name: x }', 'a0: &a0 [x, x]'];
    for (let n = 1; n < 30; n += 1)
      lines.push(`a${String(n)}: &a${String(n)} [*a${String(n - 1)}, *a${String(n - 1)}]`);
    expect((await failureOf({ 'a.yaml': lines.join('\n') })).message).toContain('alias');
  });

  test('a path that leads to no manifest is named', async () => {
    expect((await failureOf({ 'a/readme.md': '' }, ['a'])).message).toContain('a: there is no such file');
    expect((await failureOf({}, ['b'])).message).toContain('b: there is no such file');
    expect((await failureOf({ 'c.yaml': '# nothing\n---\n' })).message).toContain('c.yaml: there is no object in it');
  });

  test('quote nothing of the text around a syntax error', async () => {
    const failure = await failureOf({ 'a.yaml': `${configMap('one')}data:\n  password: hunter2: x\n` });
    expect(JSON.stringify(failure.summary())).not.toContain('hunter2');
  });
});

describe('names of objects', () => {
  test.each([
    ['v1', 'web', null],
    ['v1', 'web.example.com', null],
    ['v1', 'Web', 'lower-case'],
    ['v1', 'web_1', 'lower-case'],
    ['v1', 'a'.repeat(254), '253'],
    ['rbac.authorization.k8s.io/v1', 'system:node', null],
    ['rbac.authorization.k8s.io/v1', 'a/b', 'path'],
    ['v1', '..', 'path'],
    ['certificates.k8s.io/v1', 'example.com:issuer:Trust', null],
    ['certificates.k8s.io/v1', 'a/b', 'path'],
    ['internal.apiserver.k8s.io/v1alpha1', 'Apps_deployments', null],
    ['networking.k8s.io/v1', '2001:db8::ffff', null, 'IPAddress'],
    ['networking.k8s.io/v1', '2001:db8::ffff', 'lower-case', 'Ingress'],
    ['user.openshift.io/v1', 'htpasswd:Somebody', null, 'Identity'],
    ['notopenshift.io/v1', 'Web', 'lower-case'],
  ])('of %s: %s', (apiVersion, name, problem, ...[kind]: readonly string[]) => {
    const found = nameProblem(apiVersion, name, kind);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toContain(problem);
  });
});
