import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RecordReading } from '../../src/domain/damage.ts';
import type { Bundle } from '../../src/domain/bundle.ts';
import { drillFacts } from '../../src/domain/drill/facts.ts';
import { ofKind, wordsOf, type RecordedFinding } from '../../src/domain/evidence.ts';
import type { RecordEntry } from '../../src/domain/record-entry.ts';
import { openRecord } from '../../src/record/record.ts';
import { buildReport, renderJson, renderMarkdown, type Report } from '../../src/report/index.ts';
import { buildRunbook, renderRunbook } from '../../src/report/recovery/index.ts';
import { DirectoryStore } from '../../src/store/directory.ts';
import { sha256 } from '../../src/store/sha256.ts';

const KEPT = join(import.meta.dirname, '../fixtures/records/0.1.0');
/** When the kept runbooks were made. */
const NOW = new Date('2026-11-29T12:00:00.000Z');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windlass-kept-'));
});
afterEach(() => rm(directory, { recursive: true }));

function kept(file: string): Promise<string> {
  return readFile(join(KEPT, file), 'utf8');
}

/** Entries as the version before has stored them, read by this one; with one sentence as earlier ones wrote it. */
async function entriesOf(name: string, [sentence, earlier] = ['\0', '']): Promise<readonly RecordEntry[]> {
  const store = new DirectoryStore(directory);
  const texts = (await kept(`${name}.jsonl`)).replaceAll(sentence, earlier).trimEnd().split('\n');
  for (const text of texts) {
    const { id, scope, body } = JSON.parse(text) as RecordEntry;
    const folder = `record/${scope.environment}/${scope.rollout}/${scope.run}`;
    await store.put(`${folder}/entries/${sha256(text)}.json`, Buffer.from(text));
    await store.put(`${folder}/ids/${body.type}-${id}`, Buffer.from(sha256(text)));
  }
  const { scope } = JSON.parse(texts[0] ?? '') as RecordEntry;
  const { environment, rollout, run } = scope;
  const { entries, damaged } = await openRecord(store).read({ environment, rollout, run });
  expect(entries.length).toBe(texts.length);
  expect(damaged).toEqual([]);
  return entries;
}

function findingsIn(entries: readonly RecordEntry[]): readonly (readonly RecordedFinding[])[] {
  return entries.flatMap(({ body }) => (body.type === 'evidence' ? [body.findings] : []));
}

async function runbookOf(name: string, entries: readonly RecordEntry[]): Promise<string> {
  const bundle = JSON.parse(await kept(`${name}.bundle.json`)) as Bundle;
  const digest = entries.find(({ scope }) => scope.rollout === '254carbon')?.scope.bundle ?? FLAGSHIP;
  return renderRunbook(buildRunbook({ bundle, digest, directory: 'DIRECTORY' }, whole(entries), NOW));
}
const FLAGSHIP = 'be732160c0a8';

function whole(entries: readonly RecordEntry[]): RecordReading {
  return { entries, damaged: [] };
}

/** The lines of a page that another one has not, each once. */
function linesBeyond(page: string, other: string): readonly string[] {
  const known = new Set(other.split('\n'));
  return [...new Set(page.split('\n').filter((line) => !known.has(line)))];
}

/** The lines of a page that do not come in another one in the same order. */
function linesLost(page: string, other: string): readonly string[] {
  const lines = other.split('\n');
  let from = 0;
  return page.split('\n').filter((line) => {
    const at = lines.indexOf(line, from);
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

describe('a record of the version before', () => {
  test.each(['flagship', 'drill', 'restore', 'orders'])('of %s is reported alike', async (name) => {
    const now = renderMarkdown(buildReport(whole(await entriesOf(name))), true);
    // A report may say more than it did: sections of their own, and lines beside.
    expect(linesLost(await kept(`${name}.report.md`), now)).toEqual([]);
  });

  test.each(['drill', 'orders'])('of %s is reported alike to programs, which see fields beside', async (name) => {
    const before = JSON.parse(await kept(`${name}.report.json`)) as Report;
    const { evidence, ...report } = JSON.parse(renderJson(buildReport(whole(await entriesOf(name))))) as Report;
    const { evidence: seen, ...said } = before;
    expect(report).toMatchObject(said);
    // What was seen has got a shape of its own.
    expect(evidence).toMatchObject(seen.map((finding) => ({ ...finding, observed: expect.anything() })));
  });

  test('comes to the verdicts of drills that were recorded with it', async () => {
    const entries = [...(await entriesOf('orders')), ...(await entriesOf('flagship')), ...(await entriesOf('drill'))];
    const verdicts = entries.flatMap(({ body }) => (body.type === 'drill' ? [body.verdict] : []));
    expect(verdicts.length).toBe(4);
    expect(findingsIn(entries).flatMap((findings) => drillFacts(findings) ?? [])).toEqual(verdicts);
  });

  test('keeps every sentence, whether its fields are known or not', async () => {
    const entries = await entriesOf('flagship');
    const stored = (await kept('flagship.jsonl')).trimEnd().split('\n');
    const sentences = stored.flatMap((text) => {
      const { body } = JSON.parse(text) as { body: { findings?: readonly { subject: string; claim: string }[] } };
      return (body.findings ?? []).map(({ subject, claim }) => ({ subject, claim }));
    });
    const read = findingsIn(entries).flat();
    expect(sentences.length).toBeGreaterThan(40);
    expect(
      read
        .map(wordsOf)
        .map(({ subject, claim }) => `${subject} ${claim}`)
        .sort(),
    ).toEqual(sentences.map(({ subject, claim }) => `${subject} ${claim}`).sort());
    expect(ofKind('schedule-freshness', read).map(({ about }) => about.schedule.name)).toEqual(
      expect.arrayContaining(['platform-daily', 'data-hourly']),
    );
  });

  test.each([
    ['what is restored is not older than 24h (rpo)', { objective: 'rpo', limit: '24h', ageOf: 'restored' }],
    ['the newest proven backup is not older than 24h (rpo)', { objective: 'rpo', limit: '24h' }],
    ['restored and compared within 30m (rto)', { objective: 'rto', limit: '30m' }],
  ])('keeps of an objective what was claimed: %s', async (claim, about) => {
    const entries = await entriesOf('drill', ['the newest proven backup is not older than 1h (rpo)', claim]);
    const objectives = ofKind('objective', findingsIn(entries).flat());
    const found = objectives.find((one) => wordsOf(one).claim === claim);
    const drill = { namespace: 'velero', name: expect.any(String) };
    expect(found?.about).toEqual({ drill, ...about });
  });

  test('gives the recovery runbook that it gave, with the commands of today', async () => {
    const entries = [...(await entriesOf('flagship')), ...(await entriesOf('drill')), ...(await entriesOf('restore'))];
    const withoutCommands = (page: string): string => page.replace(/^```sh\n[^]*?^```$/gm, 'commands');
    const now = withoutCommands(await runbookOf('flagship', entries));
    expect(now).toBe(withoutCommands(await kept('flagship.recovery.md')));
    expect(now.match(/^commands$/gm)?.length).toBeGreaterThan(5);
  });

  test('gives one that knows of volumes, and of a database with a dollar sign, which a drill has proven', async () => {
    const before = await kept('orders.recovery.md');
    const now = await runbookOf('orders', await entriesOf('orders'));
    expect(linesBeyond(before, now)).toEqual([
      '- orders: whether the data in volumes comes back was NEVER PROVEN.',
      '- Database orders$2026 on platform-db: Drill velero/orders dumps and restores it, but NO DUMP WAS EVER PROVEN as far as the record knows.',
    ]);
    expect(linesBeyond(now, before)).toEqual([
      '- The data in volumes was brought back and compared file by file: 242 files, 210000000 bytes of PersistentVolumeClaim orders/data-db-0.',
      '- Database orders$2026: a dump made with backup orders-aaa was restored and compared row by row by Drill velero/orders at 2026-11-29T10:02:00.000Z, 1 h 58 min ago, restored in 3.2 s.',
      '- orders: in the backup and NOT COMPARED, since only its own pod can read it: volume cache of Pod orders/web-0.',
      '- orders: 1 files changed while the backup was made, and were NOT COMPARED: orders/data-db-0: log/today.',
    ]);
  });
});
