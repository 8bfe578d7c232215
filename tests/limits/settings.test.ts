import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { openBundle } from '../../src/bundle/store.ts';
import { actorOf } from '../../src/cli/actor.ts';
import { rolloutRef } from '../../src/cli/rollout-ref.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { accessOf } from '../../src/kubernetes/client/connection.ts';
import { policyOfFile } from '../../src/policy/worker-policy.ts';
import { openRecord } from '../../src/record/record.ts';
import { readWorkerKey } from '../../src/record/seal.ts';
import { within } from '../../src/steps/reach.ts';
import { resolverOf } from '../../src/steps/resolve.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { sha256 } from '../../src/store/sha256.ts';
import { runTool } from '../../src/render/tool.ts';
import { inScratch } from '../../src/render/scratch.ts';
import { smaller } from './support.ts';
import { parsePolicy } from '../../src/policy/read-policy.ts';

const scratch = mkdtempSync(join(tmpdir(), 'windlass-settings-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});
const pipe = join(scratch, 'pipe');
execFileSync('mkfifo', [pipe]);
const file = (name: string, text: string): string => {
  writeFileSync(join(scratch, name), text);
  return join(scratch, name);
};
const PEM = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const padded = (text: string, bytes: number, pad = '#'): string => `${text}${pad.repeat(bytes - text.length - 1)}\n`;

const POLICY = `apiVersion: windlass.dev/v1alpha1
kind: Policy
metadata: { name: worker }
spec: { environments: { lab: { signatures: optional, endpoints: [], limits: { artifact: 1000 } } } }
`;

describe("the worker's policy", () => {
  test('is read up to 1 MiB, and lets nothing happen beyond', async () => {
    const path = file('policy.yaml', padded(POLICY, LIMITS.policy.most));
    await expect(policyOfFile(path).of('lab')).resolves.toMatchObject({ signatures: 'optional' });
    writeFileSync(path, padded(POLICY, LIMITS.policy.most + 1));
    await expect(policyOfFile(path).of('lab')).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'The policy has more than 1 MiB, the most that is taken of it.',
      options: { object: path, next: 'Take out what the policy no longer needs.' },
    });
  });

  test('that is a pipe is not waited for', async () => {
    await expect(policyOfFile(pipe).of('lab')).rejects.toMatchObject({
      type: 'Unauthorised',
      options: { facts: { code: 'ENXIO' } },
    });
  });

  test('makes the largest artifact smaller, and never larger', () => {
    const policy = parsePolicy(POLICY, 'policy.yaml').spec.environments['lab']!;
    expect(within(policy, 'lab', {}).artifact).toMatchObject({
      most: 1_000,
      next: expect.stringContaining('limits.artifact'),
    });
    const larger = POLICY.replace('1000', String(LIMITS.artifact.most + 1));
    expect(() => parsePolicy(larger, 'policy.yaml')).toThrow('artifact');
  });
});

describe('a private key', () => {
  test.each([
    ['of the worker, `WINDLASS_WORKER_KEY`', (path: string) => readWorkerKey(path)],
    ['of a person, `--key`', (path: string) => actorOf({ key: path })],
  ])('%s is read up to 64 KiB, and must be a file', async (_whose, read) => {
    const path = file('key.pem', padded(PEM, LIMITS.key.most));
    await read(path);
    truncateSync(path, LIMITS.key.most + 1);
    await expect(read(path)).rejects.toMatchObject({ type: 'LimitExceeded', options: { object: path } });
    await expect(read(pipe)).rejects.toMatchObject({
      type: expect.stringMatching(/^(ReferenceUnresolved|WrongUsage)$/),
    });
  });
});

describe('the value of a reference', () => {
  test('is read up to 1 MiB', async () => {
    const path = file('value', 'x'.repeat(LIMITS.reference.most));
    const resolve = resolverOf({});
    expect(await resolve({ fromFile: path })).toHaveLength(LIMITS.reference.most);
    truncateSync(path, LIMITS.reference.most + 1);
    await expect(resolve({ fromFile: path })).rejects.toMatchObject({
      type: 'ReferenceUnresolved',
      message: expect.stringContaining('it has more than 1 MiB'),
    });
  });
});

describe('a kubeconfig', () => {
  const kubeconfig = (user: object, cluster: object = {}) =>
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });

  test('names files of up to 1 MiB', async () => {
    const path = file('token', 'x'.repeat(LIMITS.reference.most));
    await accessOf({ kubeconfig: kubeconfig({ tokenFile: path }) });
    truncateSync(path, LIMITS.reference.most + 1);
    await expect(accessOf({ kubeconfig: kubeconfig({ tokenFile: path }) })).rejects.toMatchObject({
      message: expect.stringContaining('what its tokenFile names has more than 1 MiB'),
    });
  });

  test.each([
    ['certificate-authority', kubeconfig({ token: 't' }, { 'certificate-authority': pipe })],
    ['client-certificate', kubeconfig({ 'client-certificate': pipe, 'client-key': '/nowhere' })],
    ['client-key', kubeconfig({ 'client-certificate': '/nowhere', 'client-key': pipe })],
    ['tokenFile', kubeconfig({ tokenFile: pipe })],
  ])('whose %s is a pipe is refused, and not waited for', async (field, text) => {
    await expect(accessOf({ kubeconfig: text })).rejects.toMatchObject({
      type: 'ReferenceUnresolved',
      message: `The kubeconfig cannot be used: what its ${field} names is no file.`,
    });
  });

  test('that is nested deeper than YAML may be is none', async () => {
    await expect(accessOf({ kubeconfig: `${'- '.repeat(500)}tokenFile` })).rejects.toMatchObject({
      message: 'The kubeconfig cannot be used: it is not a kubeconfig.',
    });
  });
});

describe('a directory that the command line is given for a rollout', () => {
  test('has a rollout.yaml of at most 4 MiB', async () => {
    const directory = join(scratch, 'platform');
    mkdirSync(directory);
    writeFileSync(join(directory, 'rollout.yaml'), padded('metadata: { name: platform }\n', LIMITS.rolloutFile.most));
    expect(await rolloutRef(directory, 'lab')).toEqual({ rollout: 'platform', environment: 'lab' });
    truncateSync(join(directory, 'rollout.yaml'), LIMITS.rolloutFile.most + 1);
    await expect(rolloutRef(directory, 'lab')).rejects.toMatchObject({ type: 'LimitExceeded' });
  });
});

describe('the store', () => {
  const root = join(scratch, 'store');
  const store = new DirectoryStore(root);
  const digest = sha256('x');

  test('gives the document of a bundle up to 64 MiB, and its digest is not even told beyond', async () => {
    await store.put(`bundles/${digest}.json`, Buffer.from('y'));
    const path = join(root, `bundles/${digest}.json`);
    truncateSync(path, LIMITS.bundle.most);
    await expect(openBundle(store, digest)).rejects.toMatchObject({ type: 'BundleCorrupt' });
    truncateSync(path, LIMITS.bundle.most + 1);
    await expect(openBundle(store, digest)).rejects.toMatchObject({ type: 'LimitExceeded' });
  });

  test('refuses other content under a key without reading more of it than was written', async () => {
    await store.put('blobs/a', Buffer.from('one'));
    truncateSync(join(root, 'blobs/a'), 2 ** 40);
    await expect(store.put('blobs/a', Buffer.from('one'))).rejects.toMatchObject({ type: 'StoreConflict' });
  });

  test('gives entries that are nested up to 500 levels, and names others', async () => {
    const nested = `${'['.repeat(501)}${']'.repeat(501)}`;
    const entry = sha256(nested);
    await store.put(`record/lab/shop/r1/entries/${entry}.json`, Buffer.from(nested));
    await store.put('record/lab/shop/r1/ids/plan-a', Buffer.from(entry));
    const { damaged } = await openRecord(store).read({ environment: 'lab', rollout: 'shop', run: 'r1' });
    expect(damaged).toMatchObject([
      { damage: 'malformed', why: 'is no entry of a record: it is nested deeper than 500 levels' },
    ]);
  });
});

describe('what renders', () => {
  const sh = (script: string, output = 1_000, time = 60_000) =>
    inScratch((directory) =>
      runTool('/bin/sh', ['-c', script], directory, '', {
        time: smaller(LIMITS.renderTime, time),
        output: smaller(LIMITS.renderOutput, output),
      }),
    );

  test('writes up to its limit', async () => {
    const script = `i=0; while [ $i -lt 100 ]; do echo 123456789; i=$((i+1)); done`;
    expect((await sh(script)).stdout).toHaveLength(1_000);
    await expect(sh(script, 999)).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'Rendering has more than 999 bytes, the most that is taken of it.',
    });
  });

  test('ends in its time', async () => {
    await expect(sh('while :; do :; done', 1_000, 2_000)).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'Rendering takes more than 2 s, the most that it is given.',
    });
  });
});
