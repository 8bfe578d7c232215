import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { labPaths } from '../../../src/lab/directory.ts';
import { recordSeed, updateRecord } from '../../../src/lab/record.ts';
import { readSeed } from '../../../src/lab/seed/directory.ts';
import { labSeed, wasSeeded } from '../../../src/lab/seed/seed.ts';
import { scratchDirectories } from '../scratch.ts';

const scratch = scratchDirectories();

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = scratch();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: shop }\n`;

describe('a seed', () => {
  test('has its objects in the order of its files, and its databases and buckets by their names', () => {
    const seed = readSeed(
      directoryWith({
        'apply/20-later.yaml': configMap('third'),
        'apply/10-first.yaml': `${configMap('first')}---\n${configMap('second')}`,
        'edit/10-first.yaml': configMap('first'),
        'sql/shop.sql': 'CREATE TABLE carts (id int)',
        'buckets/raw/2026/a.csv': 'a',
        'buckets/empty/.gitkeep': '',
        'README.md': 'what this is',
      }),
    );
    expect(seed.applied.map(({ metadata }) => metadata.name)).toEqual(['first', 'second', 'third']);
    expect(seed.edited).toHaveLength(1);
    expect(seed.databases).toEqual([{ name: 'shop', sql: 'CREATE TABLE carts (id int)' }]);
    expect(seed.buckets.map(({ name, objects }) => [name, objects.map(({ key }) => key)])).toEqual([
      ['empty', []],
      ['raw', ['2026/a.csv']],
    ]);
  });

  test('is another one when anything in it is', () => {
    const digests = ['first', 'second', 'first'].map(
      (name) => readSeed(directoryWith({ 'apply/a.yaml': configMap(name) })).digest,
    );
    expect(digests[0]).toBe(digests[2]);
    expect(digests[0]).not.toBe(digests[1]);
  });

  test('is the same one whatever is said about it', () => {
    const [before, after] = ['once', 'twice'].map(
      (text) => readSeed(directoryWith({ 'apply/a.yaml': configMap('first'), 'README.md': text })).digest,
    );
    expect(after).toBe(before);
  });

  test('that does not read is refused whole, with every place', () => {
    const directory = directoryWith({ 'apply/a.yaml': 'kind: [', 'edit/b.yaml': 'kind: ConfigMap\n' });
    expect(() => readSeed(directory)).toThrow(/apply\/a\.yaml:1[\s\S]*edit\/b\.yaml:1/);
  });

  test('with nothing in it is refused', () => {
    expect(() => readSeed(directoryWith({ 'README.md': '' }))).toThrow(/nothing in it/);
    expect(() => readSeed(join(scratch(), 'not-there'))).toThrow(/nothing in it/);
  });
});

describe('what is no lab is not seeded:', () => {
  const directory = () => directoryWith({ 'apply/a.yaml': configMap('first') });

  test('a directory without the record of one, whatever kubeconfig lies in it', async () => {
    const dir = directoryWith({ kubeconfig: 'apiVersion: v1\nkind: Config\n' });
    await expect(labSeed({ dir, directory: directory() })).rejects.toThrow(/no lab in it/);
  });

  test('a server that listens where one of the lab did, and is another process', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const dir = scratch();
    const process = { pid: globalThis.process.pid, startTime: 'another' };
    for (const name of ['kube-apiserver', 'postgres', 'minio', 'kwok', 'pod-inputs'])
      updateRecord(labPaths(dir), name, { ports: { https: port, sql: port, s3: port, http: port }, process });
    await expect(labSeed({ dir, directory: directory() })).rejects.toThrow(/do not run: kube-apiserver, postgres/);
    expect(asked).toEqual([]);
    server.close();
  });
});

test('A lab remembers what it was seeded with, by the directory, through changes of its servers', () => {
  const dir = scratch();
  recordSeed(labPaths(dir), '/somewhere/as-found', 'digest');
  updateRecord(labPaths(dir), 'etcd', { ports: { client: 1 } });
  expect(wasSeeded(dir, '/somewhere/as-found')).toBe(true);
  expect(wasSeeded(dir, '/elsewhere/as-found')).toBe(false);
});
