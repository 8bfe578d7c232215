import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { proofActivities } from '../../src/activities/proofs.ts';
import { drillHistoryLines } from '../../src/cli/drills/history.ts';
import { historiesOf } from '../../src/domain/drill/histories.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import type { Damage, RecordReading } from '../../src/domain/damage.ts';
import { WindlassFailure } from '../../src/domain/failure.ts';
import { canonicalJson, type Json } from '../../src/domain/json.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import { openRecord } from '../../src/record/record.ts';
import { buildReport, renderJson, renderMarkdown } from '../../src/report/index.ts';
import { buildRunbook, renderRunbook } from '../../src/report/recovery/index.ts';
import type { BlobStore } from '../../src/store/blob-store.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { sha256 } from '../../src/store/sha256.ts';

/** WINDLASS_PROPERTY_RUNS for more. */
const RUNS = Number(process.env['WINDLASS_PROPERTY_RUNS'] ?? 250);
const SEED = Number(process.env['WINDLASS_PROPERTY_SEED'] ?? 12);

const KEPT = join(import.meta.dirname, '../fixtures/records/0.1.0');
const NOW = new Date('2026-11-29T12:00:00.000Z');

/** Blobs in memory: any of them can be changed behind the record's back. */
class Blobs extends Map<string, Buffer> {
  readonly store: BlobStore = {
    put: (key, body) => Promise.resolve(void this.set(key, body)),
    get: (key) => Promise.resolve(super.get(key) ?? null),
    putFile: () => Promise.reject(new Error('not used')),
    stream: (key) => Promise.resolve(this.#stream(key)),
    list: (prefix) => Promise.resolve([...this.keys()].filter((key) => key.startsWith(prefix)).sort()),
  };

  #stream(key: string) {
    const content = super.get(key);
    return content === undefined ? null : pieces(content);
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- the bytes come as from a file
async function* pieces(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

interface Kept {
  readonly blobs: Blobs;
  readonly bundle: Bundle;
  readonly digest: string;
  readonly query: { readonly environment: string; readonly rollout: string; readonly run: string };
  readonly folder: string;
  /** Sorted as the record gives them. */
  readonly entries: readonly RecordEntry[];
}

async function keptRecord(name: string): Promise<Kept> {
  const blobs = new Blobs();
  const texts = (await readFile(join(KEPT, `${name}.jsonl`), 'utf8')).trimEnd().split('\n');
  const bundleName = name === 'orders' ? name : 'flagship';
  const bundle = JSON.parse(await readFile(join(KEPT, `${bundleName}.bundle.json`), 'utf8')) as Bundle;
  const { environment, rollout, run, bundle: digest } = (JSON.parse(texts[0] ?? '') as RecordEntry).scope;
  const query = { environment, rollout, run };
  const folder = `record/${environment}/${rollout}/${run}`;
  for (const text of texts) {
    const { id, body } = JSON.parse(text) as RecordEntry;
    blobs.set(`${folder}/entries/${sha256(text)}.json`, Buffer.from(text));
    blobs.set(`${folder}/ids/${body.type}-${id}`, Buffer.from(sha256(text)));
  }
  const { entries } = await openRecord(blobs.store).read(query);
  return { blobs, bundle, digest, query, folder, entries };
}

/** Everything that reads the record, on one that is damaged. @throws when any of it does. */
async function readAll({ bundle, digest, query }: Kept, store: BlobStore) {
  const record = openRecord(store);
  const reading = await record.read(query);
  const { environment, rollout } = query;
  const runs = await record.runs({ environment, rollout });
  const drills = await record.read({ environment, rollout, types: ['drill'] });
  const evidence = await record.read({ environment, rollout, types: ['evidence'] });
  const report = buildReport(reading);
  const runbook = buildRunbook({ bundle, digest, directory: 'DIRECTORY' }, evidence, NOW);
  const histories = historiesOf(drills.entries).flatMap((history) => drillHistoryLines(history, 20, (_, text) => text));
  const proofs = proofActivities({
    openBundle: () =>
      Promise.resolve({
        bundle: { ...bundle, interlock: { provenWithin: '1h', drills: ['no/such'] } },
        files: {} as never,
      }),
    record: { read: (asked) => record.read(asked) },
    provenThere: () => Promise.resolve({ has: () => true } as unknown as ReadonlySet<string>),
  });
  const ref = { scope: { ...query, bundle: digest }, phase: 'backup', step: 'drill' };
  return {
    reading,
    runs,
    markdown: renderMarkdown(report),
    json: renderJson(report),
    page: renderRunbook(runbook),
    runbook,
    histories,
    missing: await proofs.missingProof(ref),
    freshness: await proofs.judgeFreshness(ref),
    evidence,
    drills,
  };
}

/** One way to damage an entry, given the keys of its two blobs. */
type Hurt = (kept: Kept, keys: { readonly id: string; readonly entry: string }) => void;

const keep = (kept: Kept, key: string, content: string | Buffer) => kept.blobs.set(key, Buffer.from(content));
const rewritten = (kept: Kept, id: string, content: string) => {
  keep(kept, `${kept.folder}/entries/${sha256(content)}.json`, content);
  keep(kept, id, sha256(content));
};
const changed = (change: (entry: RecordEntry) => unknown): Hurt => {
  return (kept, { id, entry }) => {
    rewritten(kept, id, canonicalJson(change(JSON.parse(String(kept.blobs.get(entry))) as RecordEntry)));
    kept.blobs.delete(entry);
  };
};

const WAYS: Readonly<Record<string, readonly [Damage, Hurt]>> = {
  'its entry is garbage': ['changed', (kept, { entry }) => keep(kept, entry, randomBytes(300))],
  'its entry is cut off': [
    'changed',
    (kept, { entry }) => keep(kept, entry, kept.blobs.get(entry)?.subarray(0, 200) ?? ''),
  ],
  'its entry is empty': ['changed', (kept, { entry }) => keep(kept, entry, '')],
  'its entry is huge': ['too large', (kept, { entry }) => keep(kept, entry, Buffer.alloc(33 * 2 ** 20, ' '))],
  'its entry is gone': ['gone', (kept, { entry }) => kept.blobs.delete(entry)],
  'its entry is no JSON, under its right digest': [
    'malformed',
    (kept, { id }) => {
      rewritten(kept, id, '{"id":');
    },
  ],
  'its entry is null, under its right digest': [
    'malformed',
    (kept, { id }) => {
      rewritten(kept, id, 'null');
    },
  ],
  'its entry has no body': ['malformed', changed((entry) => ({ ...entry, body: undefined }))],
  'its entry has a body of nothing': ['malformed', changed((entry) => ({ ...entry, body: { type: entry.body.type } }))],
  'its entry has no time': ['malformed', changed((entry) => ({ ...entry, time: 'soon' }))],
  'its entry is of a later type': ['unknown', changed((entry) => ({ ...entry, body: { type: 'audit' } }))],
  'its entry is of another run': [
    'misplaced',
    changed((entry) => ({ ...entry, scope: { ...entry.scope, run: 'other' } })),
  ],
  'its entry has another id': ['misplaced', changed((entry) => ({ ...entry, id: 'other' }))],
  'its id is garbage': ['changed', (kept, { id }) => keep(kept, id, randomBytes(64))],
  'its id is cut off': ['changed', (kept, { id }) => keep(kept, id, kept.blobs.get(id)?.subarray(0, 40) ?? '')],
  'its id is empty': ['changed', (kept, { id }) => keep(kept, id, '')],
  'its id is huge': ['too large', (kept, { id }) => keep(kept, id, Buffer.alloc(2 ** 20, 'a'))],
  'its id names a way out of the store': ['changed', (kept, { id }) => keep(kept, id, '../../../../etc/passwd')],
  'its id names nothing': ['gone', (kept, { id }) => keep(kept, id, 'f'.repeat(64))],
  'its id is gone': ['unlisted', (kept, { id }) => kept.blobs.delete(id)],
};

function keysOf(kept: Kept, entry: RecordEntry) {
  const id = `${kept.folder}/ids/${entry.body.type}-${entry.id}`;
  return { id, entry: `${kept.folder}/entries/${String(kept.blobs.get(id))}.json` };
}

function without(entries: readonly RecordEntry[], { id, body }: RecordEntry): readonly RecordEntry[] {
  return entries.filter((one) => one.id !== id || one.body.type !== body.type);
}

describe.each(['flagship', 'drill', 'restore', 'orders'])(
  'of the record of %s, any one entry may be damaged',
  (name) => {
    test.each(Object.entries(WAYS))(
      'when %s, it is named and all the others are told',
      async (_way, [damage, hurt]) => {
        const whole = await keptRecord(name);
        const { entries } = whole;
        // Of every type; and of all where more runs are asked for.
        const hurtOnes = RUNS > 250 ? entries : [...new Map(entries.map((entry) => [entry.body.type, entry])).values()];
        for (const one of hurtOnes) {
          const kept = { ...whole, blobs: new Blobs(whole.blobs) };
          const keys = keysOf(kept, one);
          hurt(kept, keys);
          const seen = await readAll(kept, kept.blobs.store);
          const [named] = seen.reading.damaged;
          expect(seen.reading.damaged).toEqual([expect.objectContaining({ ...kept.query, damage })]);
          expect(seen.reading.entries).toEqual(without(entries, one));
          expect(seen.runs).toHaveLength(1);
          expect(seen.markdown).toContain(named?.object);
          expect(seen.markdown).toContain('not read');
          expect(JSON.parse(seen.json)).toMatchObject({
            damaged: [{ object: named?.object, uncertain: expect.any(String) }],
          });
          if (one.body.type === 'evidence' || named?.type === null) {
            expect(seen.page).toContain(
              `NOT IN THIS RUNBOOK, since it does not read: ${named?.object ?? ''}`.replaceAll('_', '\\_'),
            );
            expect(seen.runbook.damaged).toHaveLength(1);
          }
          if (one.body.type === 'drill') {
            expect(seen.missing).toContain(named?.object);
            expect(seen.freshness.doubt).toContain(named?.object);
          }
        }
      },
    );
  },
);

test('whatever value stands in whatever place of an entry with its right digest, nothing of the record is lost', async () => {
  const names = ['flagship', 'drill', 'restore', 'orders'];
  const records = new Map(await Promise.all(names.map(async (name) => [name, await keptRecord(name)] as const)));
  const cases = fc.record({
    name: fc.constantFrom(...names),
    entry: fc.nat(),
    place: fc.nat(),
    value: fc.oneof(
      fc.constantFrom<unknown>(null, '', [], {}, -1, 1e308, true, 'x'.repeat(2_000), [null], { name: null }),
      fc.jsonValue(),
    ),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ name, entry, place, value }) => {
      const kept = records.get(name)!;
      const one = kept.entries[entry % kept.entries.length]!;
      const keys = keysOf(kept, one);
      const before = new Map(kept.blobs);
      try {
        const places = placesIn(JSON.parse(String(kept.blobs.get(keys.entry))) as Json);
        changed((whole) => replaced(whole as unknown as Json, places[place % places.length]!, value as Json))(
          kept,
          keys,
        );
        const { reading } = await readAll(kept, kept.blobs.store);
        const rest = without(kept.entries, one);
        expect(reading.entries.length + reading.damaged.length).toBe(kept.entries.length);
        expect(reading.entries).toEqual(expect.arrayContaining([...rest]));
      } finally {
        kept.blobs.clear();
        for (const [key, body] of before) kept.blobs.set(key, body);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

/** Every place of a value, as the keys that lead there. */
function placesIn(value: Json, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => placesIn(item, [...path, key]))];
}

function replaced(value: Json, [key, ...path]: readonly string[], by: Json): Json {
  if (key === undefined) return by;
  const next = replaced((value as { [key: string]: Json })[key]!, path, by);
  return Array.isArray(value) ? value.with(Number(key), next) : { ...(value as object), [key]: next };
}

describe('in a directory', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'windlass-damage-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const FILES: Readonly<Record<string, readonly [Damage, (path: string) => unknown]>> = {
    'is a directory': ['unreadable', (path) => mkdir(path)],
    'is a FIFO that nobody writes to': ['unreadable', (path) => execFileSync('mkfifo', [path])],
    'is a link to itself': ['unreadable', (path) => symlink(path, path)],
    'is a link to a device that never ends': ['unreadable', (path) => symlink('/dev/zero', path)],
    'is larger than memory': [
      'too large',
      async (path) => {
        await writeFile(path, '');
        await truncate(path, 2 ** 40);
      },
    ],
  };

  test.each(Object.entries(FILES))(
    'an entry that %s is named, and all the others are told',
    async (_, [damage, make]) => {
      const kept = await keptRecord('orders');
      const store = new DirectoryStore(directory);
      for (const [key, body] of kept.blobs) await store.put(key, body);
      const one = kept.entries.find(({ body }) => body.type === 'evidence')!;
      const path = join(directory, keysOf(kept, one).entry);
      await unlink(path);
      await make(path);
      const { reading, page } = await readAll(kept, store);
      expect(reading.damaged).toEqual([expect.objectContaining({ damage, type: 'evidence' })]);
      expect(reading.entries).toEqual(without(kept.entries, one));
      expect(page).toContain(reading.damaged[0]?.object);
    },
  );

  test('a folder that cannot be listed is named, and the other runs are told', async () => {
    const kept = await keptRecord('orders');
    const refused = new WindlassFailure('AccessDenied', 'no', { next: 'ask' });
    const store: BlobStore = {
      ...kept.blobs.store,
      list: async (prefix, unlisted) => {
        unlisted?.(`${kept.folder}/ids/`, refused);
        return (await kept.blobs.store.list(prefix)).filter((key) => !key.includes('/ids/'));
      },
    };
    const { environment, rollout } = kept.query;
    const reading: RecordReading = await openRecord(store).read({ environment, rollout });
    expect(reading.damaged).toContainEqual(
      expect.objectContaining({ ...kept.query, why: 'cannot be listed: AccessDenied' }),
    );
    expect(reading.damaged.filter(({ damage }) => damage === 'unlisted').length).toBe(kept.entries.length);
  });

  test('a store that does not answer fails the reading as a whole, and nothing is called damaged', async () => {
    const kept = await keptRecord('orders');
    const away = new WindlassFailure('TargetUnreachable', 'no answer', { next: 'wait' });
    const store: BlobStore = { ...kept.blobs.store, stream: () => Promise.reject(away) };
    await expect(openRecord(store).read(kept.query)).rejects.toBe(away);
  });
});
