import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lackingProof } from '../../src/activities/proofs.ts';
import type { RecordBody, RecordEntry } from '../../src/domain/record-entry.ts';
import { openRecord } from '../../src/record/record.ts';
import { publicHalf, sealerOf, workerKey } from '../../src/record/seal.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { sha256 } from '../../src/store/sha256.ts';

const pair = () => generateKeyPairSync('ed25519').privateKey;
const [own, other] = [pair(), pair()];
const now = new Date().toISOString();
const scope = { environment: 'lab', rollout: 'shop', run: 'run-1', bundle: 'b', phase: 'backup', step: 'drill' };
const proven: RecordBody = {
  type: 'drill',
  verdict: {
    ...{ verdict: 'proven', backup: 'nightly', backedUpAt: now, faults: [], missed: [] },
    ...{ rtoSeconds: 1, rpoSeconds: 1, failure: null },
  },
};
const entry = (id: string, run = 'run-1'): RecordEntry => ({ id, time: now, scope: { ...scope, run }, body: proven });

let directory: string;
let store: DirectoryStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-seal-'));
  store = new DirectoryStore(directory);
});
afterEach(() => rm(directory, { recursive: true }));

const sealing = (key = own) => openRecord(store, { sealer: sealerOf(key) });
const asking = (...keys: string[]) => openRecord(store, { workersOf: () => Promise.resolve(keys) });
const asked = { environment: 'lab', rollout: 'shop' };
const damages = async (...keys: string[]) =>
  (await asking(...keys).read(asked)).damaged.map(({ damage, type }) => ({ damage, type }));

/** Writes what an attacker who reaches the store can: any text, under its right names. */
async function plant(text: string, id: string, run = 'run-1') {
  const digest = sha256(text);
  await store.put(`record/lab/shop/${run}/entries/${digest}.json`, Buffer.from(text));
  await store.put(`record/lab/shop/${run}/ids/drill-${id}`, Buffer.from(digest));
}

async function sealedText(): Promise<string> {
  const folder = join(directory, 'record/lab/shop/run-1/entries');
  const [file = ''] = await readdir(folder);
  return readFile(join(folder, file), 'utf8');
}

describe('a sealed entry', () => {
  test('reads where the key of its worker is named, in either form, and where none is', async () => {
    await sealing().append(entry('1'));
    expect(await damages(publicHalf(own))).toEqual([]);
    expect(await damages(publicHalf(other), publicHalf(own))).toEqual([]);
    const { entries, damaged } = await asking().read(asked);
    expect(damaged).toEqual([]);
    expect(entries).toMatchObject([{ id: '1', seal: { key: publicHalf(own) } }]);
  });

  test('of a worker that is not named is none, and one without a seal is none where any is named', async () => {
    await sealing(other).append(entry('1'));
    await openRecord(store).append(entry('2'));
    await sealing().append(entry('3'), 'unsealed');
    const found = await damages(publicHalf(own));
    expect(found.map(({ damage }) => damage).sort()).toEqual(['bad seal', 'unsealed', 'unsealed']);
    expect(found.every(({ type }) => type === 'drill')).toBe(true);
    expect((await asking().read(asked)).entries).toHaveLength(3);
  });

  test.each([
    ['with other content', (text: string) => [text.replace('nightly', 'weekly'), '1', 'run-1']],
    ['in another run', (text: string) => [text.replaceAll('run-1', 'run-2'), '1', 'run-2']],
    [
      'with a seal of other letters',
      (text: string) => [text.replace(/"signature":"./, '"signature":"!'), '1', 'run-1'],
    ],
  ] as const)('that was copied out %s does not read', async (_what, change) => {
    await sealing().append(entry('1'));
    const [text, id, run] = change(await sealedText()) as [string, string, string];
    await rm(join(directory, 'record'), { recursive: true });
    await plant(text, id, run);
    expect(await damages(publicHalf(own))).toEqual([{ damage: 'bad seal', type: 'drill' }]);
  });

  test('is asked for by whoever lists runs: one that was made up is not taken for the newest', async () => {
    const started = (run: string, time: string): RecordEntry => ({
      ...entry(run, run),
      time,
      body: { type: 'start', by: 'ada', signature: '' },
    });
    await sealing().append(started('true', '2026-01-01T00:00:00.000Z'));
    await openRecord(store).append(started('forged', '2026-02-01T00:00:00.000Z'));
    const runs = await asking(publicHalf(own)).runs(asked);
    expect(runs.map(({ run, startedAt }) => [run, startedAt])).toEqual([
      ['forged', null],
      ['true', '2026-01-01T00:00:00.000Z'],
    ]);
  });
});

test('an interlock counts no proof that no worker has sealed, and says so', async () => {
  const bundle = { interlock: { provenWithin: '24h' } };
  const ref = { scope, phase: 'data', step: 'schema' };
  const lacking = (record: ReturnType<typeof asking>) =>
    lackingProof(
      {
        openBundle: () => Promise.resolve({ bundle } as never),
        record,
        provenThere: () => Promise.resolve({ has: () => true } as unknown as ReadonlySet<string>),
      },
      ref,
    );
  await openRecord(store).append(entry('forged'));
  expect(await lacking(asking())).toBeNull();
  expect(await lacking(asking(publicHalf(own)))).toMatch(/no backup proven within 24h.*is sealed by no worker/);
  await sealing().append(entry('seen', 'run-2'));
  expect(await lacking(asking(publicHalf(own)))).toBeNull();
});

test('a key that is none is refused without its text', () => {
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  for (const text of [pem.toString(), 'nothing'])
    expect(() => workerKey(text, 'key.pem')).toThrow(/must be an Ed25519 private key/);
});
