import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { WindlassFailure } from '../../src/domain/failure.ts';
import type { Reference } from '../../src/domain/reference.ts';
import { loadManifests } from '../../src/kubernetes/manifests/load.ts';
import { nameProblem } from '../../src/manifests/names.ts';
import { fillSecrets } from '../../src/kubernetes/manifests/secrets.ts';
import { filesOf } from './bundle-files.ts';

async function problemsOf(object: object): Promise<readonly string[]> {
  const files = filesOf({ 'a.yaml': stringify(object) });
  const error: unknown = await loadManifests(['a.yaml'], files).catch((thrown: unknown) => thrown);
  if (!(error instanceof WindlassFailure)) return [];
  expect(error.type).toBe('InvalidManifest');
  return error.options.facts?.problems as string[];
}

const configMap = (data: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'big', ...more },
  data,
});
const kib = (count: number) => 'x'.repeat(count * 1024);

describe('an object that no API server stores for its size', () => {
  test.each([
    ['a ConfigMap of exactly the limit is none', configMap({ a: kib(1024) }), []],
    [
      'data of a ConfigMap',
      configMap({ a: kib(1024), b: 'x' }),
      ['its data are 1025 KiB, and the API server takes at most 1024 KiB'],
    ],
    [
      'data of a Secret, by what they mean',
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'big' },
        data: { a: Buffer.from(kib(1100)).toString('base64') },
      },
      ['its data are 1100 KiB, and the API server takes at most 1024 KiB'],
    ],
    [
      'annotations',
      configMap({}, { annotations: { a: kib(256) } }),
      ['its annotations are 257 KiB, and the API server takes at most 256 KiB'],
    ],
    [
      'anything larger than etcd takes',
      { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'big' }, spec: { a: kib(1536) } },
      ['the object is 1537 KiB, and etcd takes at most 1536 KiB'],
    ],
  ])('%s', async (_what, object, expected) => {
    const found = await problemsOf(object);
    expect(found.map((line) => line.slice(line.indexOf(': ') + 2))).toEqual(expected);
  });

  test('is told where it is written', async () => {
    expect((await problemsOf(configMap({ a: kib(1025) })))[0]).toMatch(/^a\.yaml:1:1 ConfigMap big: /);
  });
});

describe('a name that the kind does not take', () => {
  test.each([
    ['v1', 'Namespace', 'a.b', 'must be lower-case letters, digits and "-"'],
    ['v1', 'Service', 'web.a', 'must be lower-case letters, digits and "-"'],
    ['v1', 'Service', 'w'.repeat(64), 'at most 63 characters, and this one has 64'],
    ['batch/v1', 'CronJob', 'w'.repeat(53), 'at most 52 characters'],
    ['batch/v1', 'CronJob', 'w'.repeat(52), null],
    ['v1', 'ConfigMap', '1.web', null],
    ['v1', 'ConfigMap', 'windlass.lock.lab.cluster', 'what Windlass itself keeps in a cluster'],
    ['v1', 'ConfigMap', 'windlass.inventory.lab.shop.cluster', 'what Windlass itself keeps in a cluster'],
    ['v1', 'Secret', 'windlass.keys', null],
    ['v1', 'ConfigMap', 'windlass-settings', null],
    ['example.com/v1', 'Service', '1.web', null],
  ])('%s %s %s', (apiVersion, kind, name, expected) => {
    const found = nameProblem(apiVersion, name, kind);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toContain(expected);
  });

  test('or a namespace that can be none, is told with its place', async () => {
    expect(
      await problemsOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'No.Such' } }),
    ).toEqual([expect.stringMatching(/^a\.yaml:5:3 Pod No\.Such\/web: namespace "No\.Such" must be at most 63/)]);
  });
});

describe('Secrets of a step', () => {
  const secret = (name: string, namespace?: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
  const fill = async (secrets: Parameters<typeof fillSecrets>[1]['secrets'], ...objects: object[]) => {
    const files = filesOf({ 'a.yaml': objects.map((object) => stringify(object)).join('---\n') });
    const asked: Reference[] = [];
    const filled = await fillSecrets(
      await loadManifests(['a.yaml'], files),
      { secrets, namespace: 'stores' },
      (reference) => {
        asked.push(reference);
        return Promise.resolve(`value of ${JSON.stringify(reference)}`);
      },
    );
    return { asked, data: filled.map(({ object }) => object.data), at: filled[0]?.at(['metadata', 'name']) };
  };
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  test('get the values that their references have, and keep their place', async () => {
    const { data, at } = await fill({ login: { password: { fromEnv: 'A' } } }, secret('login'), secret('other'));
    expect(data).toEqual([{ password: base64('value of {"fromEnv":"A"}') }, undefined]);
    expect(at).toBe('a.yaml:4:3');
  });

  test('are told apart by their namespaces where the step does so', async () => {
    const references = { login: { a: { fromEnv: 'ANY' } }, 'stores/login': { a: { fromEnv: 'STORES' } } };
    const { data } = await fill(references, secret('login'), secret('login', 'else'));
    expect(data).toEqual([{ a: base64('value of {"fromEnv":"STORES"}') }, { a: base64('value of {"fromEnv":"ANY"}') }]);
  });

  test('of a name that is another kind are left alone, and nothing is asked for', async () => {
    const { asked, data } = await fill({ login: { a: { fromEnv: 'A' } } }, { ...secret('login'), kind: 'ConfigMap' });
    expect([asked, data]).toEqual([[], [undefined]]);
  });
});
