import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadRollout } from '../../src/bundle/load.ts';
import { saveBundle } from '../../src/bundle/store.ts';
import { recordedBundle, recordedEntries, tellDamage } from '../../src/cli/recorded.ts';
import { readConfig, type Config } from '../../src/config.ts';
import { openRecord } from '../../src/record/record.ts';
import { openStore } from '../../src/store/open.ts';
import { recordingCli } from './support.ts';

const MINIMAL = join(import.meta.dirname, '../../examples/minimal');
const ref = { environment: 'lab', rollout: 'minimal' };

let directory: string;
let config: Config;
let digests: { readonly older: string; readonly newer: string };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-recorded-'));
  config = readConfig({ WINDLASS_STORE: `file://${directory}` });
  const store = openStore(config.store.url);
  const loaded = await loadRollout(MINIMAL, 'lab');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  await saveBundle(store, loaded);
  digests = { older: loaded.digest, newer: 'f'.repeat(64) };
  const record = openRecord(store);
  for (const [run, bundle, day] of [
    ['run-1', digests.older, '01'],
    ['run-2', digests.newer, '02'],
  ] as const)
    await record.append({
      id: `start-of-${run}`,
      time: `2026-01-${day}T00:00:00.000Z`,
      scope: { ...ref, run, bundle, phase: null, step: null },
      body: { type: 'start', by: 'alice', signature: '' },
    });
});
afterEach(() => rm(directory, { recursive: true }));

function idOf(run: string): string {
  return join(directory, 'record/lab/minimal', run, 'ids', `start-start-of-${run}`);
}

describe('the newest run', () => {
  test('is told of however damaged it is, and says which entries do not read', async () => {
    await writeFile(idOf('run-2'), 'garbage');
    const recorded = await recordedEntries(config, ref, 'run-2');
    expect(recorded).toMatchObject({ entries: [], damaged: [{ run: 'run-2', type: 'start', damage: 'changed' }] });
    const cli = recordingCli();
    tellDamage(cli, recorded.damaged);
    expect(cli.said).toEqual([
      'record/lab/minimal/run-2/ids/start-start-of-run-2 names no entry: uncertain is who started the run, and whether that was signed',
    ]);
  });

  test('is the newest that reads, and one that may be newer is named', async () => {
    await writeFile(idOf('run-2'), 'garbage');
    expect(await recordedEntries(config, ref)).toMatchObject({ run: 'run-1', unknown: ['run-2'], damaged: [] });
  });
});

describe('the bundle of a recovery runbook', () => {
  test('is that of the run before where the newest is gone, which is said', async () => {
    const { digest, doubts } = await recordedBundle(config, ref);
    expect(digest).toBe(digests.older);
    expect(doubts).toEqual([expect.stringContaining('NOT OF THE NEWEST: The store has no bundle fff')]);
  });

  test('is that of the run before where nothing of the newest run reads, which is said', async () => {
    await writeFile(idOf('run-2'), 'garbage');
    const { digest, doubts } = await recordedBundle(config, ref);
    expect(digest).toBe(digests.older);
    expect(doubts).toEqual([expect.stringContaining('Of run run-2 nothing reads')]);
  });

  test('is of no other run where one is asked for, and of none where there is none', async () => {
    await expect(recordedBundle(config, ref, 'run-2')).rejects.toMatchObject({ type: 'BundleMissing' });
    await writeFile(join(directory, 'bundles', `${digests.older}.json`), 'garbage');
    await expect(recordedBundle(config, ref)).rejects.toMatchObject({ type: 'BundleMissing' });
    await writeFile(idOf('run-1'), 'garbage');
    await writeFile(idOf('run-2'), 'garbage');
    await expect(recordedBundle(config, ref)).rejects.toMatchObject({ type: 'RecordCorrupt' });
  });
});
