import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { unfinished } from '../../src/domain/drill/verdict.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { canonicalJson } from '../../src/domain/json.ts';
import type { RecordBody, RecordEntry, RecordScope } from '../../src/domain/record-entry.ts';
import { openRecord, type RunRecord } from '../../src/record/record.ts';
import type { BlobStore } from '../../src/store/blob-store.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { sha256 } from '../../src/store/sha256.ts';

const scope: RecordScope = {
  environment: 'lab',
  rollout: 'shop',
  run: 'run-1',
  bundle: 'b'.repeat(64),
  phase: null,
  step: null,
};
const start: RecordBody = { type: 'start', by: 'alice', signature: '' };
const finding = {
  kind: 'bucket-exists',
  about: { bucket: 'b' },
  observed: { exists: true },
  holds: true,
  how: 'real',
  source: 'HEAD /b',
  time: '2026-01-01T00:00:00Z',
} as const;

function entry(body: RecordBody, time: string, more: Partial<RecordScope> = {}): RecordEntry {
  const own = { ...scope, ...more };
  return { id: sha256(canonicalJson([own, body])), time, scope: own, body };
}

let directory: string;
let store: BlobStore;
let record: RunRecord;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-record-'));
  store = new DirectoryStore(directory);
  record = openRecord(store);
});
afterEach(() => rm(directory, { recursive: true }));

async function entriesOf(query: Parameters<RunRecord['read']>[0]): Promise<readonly RecordEntry[]> {
  return (await record.read(query)).entries;
}

describe('the record', () => {
  test('gives entries back sorted by time, then by id, whatever the order they came in', async () => {
    const late = entry(start, '2026-01-01T00:00:03.000Z');
    const twins = ['x', 'y', 'z'].map((by) => entry({ type: 'start', by, signature: '' }, '2026-01-01T00:00:02.000Z'));
    for (const one of [late, ...twins]) await record.append(one);
    const ids = twins.map((one) => one.id).sort();
    expect((await entriesOf(scope)).map((one) => one.id)).toEqual([...ids, late.id]);
    expect((await entriesOf(scope)).at(-1)).toEqual(late);
  });

  test('writes an id once: a retried append of another time leaves the first', async () => {
    const first = entry(start, '2026-01-01T00:00:01.000Z');
    await record.append(first);
    await record.append({ ...first, time: '2026-01-01T00:09:09.000Z' });
    expect(await entriesOf(scope)).toEqual([first]);
  });

  test('of appends of one id at the same moment keeps one, and all succeed', async () => {
    const times = Array.from({ length: 10 }, (_, index) => `2026-01-01T00:00:0${String(index)}.000Z`);
    await Promise.all(times.map((time) => record.append(entry(start, time))));
    expect(await entriesOf(scope)).toHaveLength(1);
  });

  test('keeps environments, rollouts and runs apart', async () => {
    await record.append(entry(start, '2026-01-01T00:00:02.000Z', { run: 'run-2' }));
    await record.append(entry(start, '2026-01-01T00:00:01.000Z', { run: 'run-9' }));
    await record.append(entry(start, '2026-01-01T00:00:00.000Z', { rollout: 'shop-2' }));
    await record.append(entry(start, '2026-01-01T00:00:00.000Z', { environment: 'production' }));
    expect(await entriesOf({ environment: 'lab', rollout: 'shop', run: 'run-2' })).toHaveLength(1);
    expect(await entriesOf({ environment: 'lab', rollout: 'shop' })).toHaveLength(2);
    expect(await record.runs({ environment: 'lab', rollout: 'shop' })).toEqual([
      { run: 'run-9', startedAt: '2026-01-01T00:00:01.000Z', drill: false },
      { run: 'run-2', startedAt: '2026-01-01T00:00:02.000Z', drill: false },
    ]);
  });

  test('tells runs of drills from those of rollouts, and gives entries of one type alone', async () => {
    const drilled = { type: 'drill', verdict: unfinished('failed', null) } as const;
    await record.append(entry(start, '2026-01-01T00:00:01.000Z'));
    await record.append(entry(drilled, '2026-01-01T00:00:02.000Z', { phase: 'backup', step: 'drill' }));
    await record.append(entry({ ...start, mode: 'drill' }, '2026-01-01T00:00:03.000Z', { run: 'run-2' }));
    await record.append(entry(drilled, '2026-01-01T00:00:04.000Z', { run: 'run-3' }));
    const { environment, rollout } = scope;
    const runs = await record.runs({ environment, rollout });
    expect(runs.map(({ run, drill }) => [run, drill])).toEqual([
      ['run-1', false],
      ['run-2', true],
      ['run-3', true],
    ]);
    const drills = await entriesOf({ environment, rollout, types: ['drill'] });
    expect(drills.map(({ scope: { run } }) => run)).toEqual(['run-1', 'run-3']);
  });

  test('knows a run whose start was never recorded by its first entry', async () => {
    const parked: RecordBody = {
      type: 'parked',
      failure: { type: 'Stalled', message: 'm', next: 'n', retryable: false },
    };
    await record.append(entry(parked, '2026-01-01T00:00:05.000Z'));
    await record.append(entry({ type: 'evidence', findings: [finding] }, '2026-01-01T00:00:04.000Z'));
    expect(await record.runs(scope)).toEqual([{ run: 'run-1', startedAt: '2026-01-01T00:00:04.000Z', drill: false }]);
  });

  test.each([
    { environment: 'lab', rollout: 'unknown' },
    { environment: '../lab', rollout: 'shop' },
    { environment: 'L b', rollout: 'shop' },
  ])('has nothing for %j', async (query) => {
    await record.append(entry(start, '2026-01-01T00:00:01.000Z'));
    expect(await entriesOf(query)).toEqual([]);
    expect(await record.runs(query)).toEqual([]);
  });

  test('knows a drill by its other entries when its start does not read', async () => {
    const drilled = { type: 'drill', verdict: unfinished('failed', null) } as const;
    await record.append(entry({ ...start, mode: 'drill' }, '2026-01-01T00:00:01.000Z'));
    await record.append(entry(drilled, '2026-01-01T00:00:02.000Z', { phase: 'backup', step: 'drill' }));
    const [key = ''] = (await store.list('record/')).filter((one) => one.includes('/ids/start-'));
    await writeFile(join(directory, key), 'garbage');
    expect(await record.runs(scope)).toEqual([{ run: 'run-1', startedAt: '2026-01-01T00:00:02.000Z', drill: true }]);
  });

  test('refuses to write what it would not read again', async () => {
    const findings = [{ ...finding, source: 'x'.repeat(33 * 2 ** 20) }];
    const large = entry({ type: 'evidence', findings }, '2026-01-01T00:00:01.000Z');
    await expect(record.append(large)).rejects.toMatchObject({ type: 'RecordCorrupt' });
    expect(await record.read(scope)).toEqual({ entries: [], damaged: [] });
  });

  test('passes on what the store refuses', async () => {
    const refused = new WindlassFailure('AccessDenied', 'no', { next: 'ask' });
    const closed = openRecord({
      ...store,
      put: () => Promise.reject(refused),
      get: () => Promise.resolve(null),
      list: () => Promise.resolve([]),
    });
    await expect(closed.append(entry(start, '2026-01-01T00:00:01.000Z'))).rejects.toBe(refused);
  });
});
