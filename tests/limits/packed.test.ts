import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { unpackedWithin } from '../../src/bounded.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { fileInside } from '../../src/postgres/artifacts/archive.ts';
import { digestOfFile, keep } from '../../src/postgres/artifacts/cache.ts';
import { readContents } from '../../src/velero/backup/contents.ts';
import { judgeBackup } from '../../src/velero/backup/judge.ts';
import { parseResults } from '../../src/velero/backup/results.ts';
import { backupStatus } from '../../src/velero/backup/status.ts';
import { journalOf } from '../../src/velero/drill/journal.ts';
import { zipped } from '../postgres/support/zip.ts';
import { smaller } from './support.ts';

const scratch = mkdtempSync(join(tmpdir(), 'windlass-packed-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});
const { signal } = new AbortController();
const place = { bucket: 'b', prefix: '' };
/** Gzip of so many zeros, a thousand times smaller. */
const zeros = (size: number) => gzipSync(Buffer.alloc(size));

describe('what is packed with gzip', () => {
  test('is unpacked up to its limit, and left there', async () => {
    const limit = smaller(LIMITS.unpacked, 1_000_000);
    expect(await unpackedWithin(zeros(1_000_000), limit, 'It', 'here')).toHaveLength(1_000_000);
    await expect(unpackedWithin(zeros(1_000_001), limit, 'It', 'here')).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'It has more than 1000000 bytes, the most that is taken of it.',
      options: {
        object: 'here',
        next: expect.stringContaining('Choose another backup'),
        facts: { most: 1_000_000, of: 'bytes' },
      },
    });
  });

  const bomb = zeros(LIMITS.unpacked.most + 1);

  test('as the list of a backup fails by name', async () => {
    const reader = { read: () => Promise.resolve(bomb) };
    await expect(readContents(reader, place, 'daily', signal)).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: "Velero's list of what the backup holds has more than 256 MiB, the most that is taken of it.",
      options: { object: 'backups/daily/daily-resource-list.json.gz' },
    });
  });

  test('as the results of a backup speaks against it', async () => {
    const results = await parseResults(bomb);
    expect(results).toBe('too large');
    const status = {
      phase: 'Completed',
      completionTimestamp: '2026-11-01T02:00:00Z',
      progress: { totalItems: 1, itemsBackedUp: 1 },
    };
    const { good, faults } = judgeBackup(
      backupStatus({ apiVersion: 'velero.io/v1', kind: 'Backup', metadata: { name: 'a' }, status }),
      results,
    );
    expect(good).toBe(false);
    expect(faults).toEqual([expect.stringMatching(/^its results file has more than 256 MiB/)]);
  });

  test('as the journal of a drill is no journal', () => {
    const journal = (part: Buffer) => ({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'j' }, type: 'windlass.dev/drill-journal' },
      data: { nonce: Buffer.from('n').toString('base64'), 'part-a': part.toString('base64') },
    });
    expect(journalOf(journal(gzipSync('{}')))).toMatchObject({ parts: { a: {} } });
    expect(journalOf(journal(bomb))).toBeNull();
  });
});

describe('an artifact', () => {
  const limit = smaller(LIMITS.artifact, 10);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  async function* bytes(text: string) {
    yield* await Promise.resolve([Buffer.from(text)]);
  }

  test('is kept up to its limit, and nothing of it stays beyond', async () => {
    const cache = join(scratch, 'cache');
    await keep(cache, sha256('0123456789'), bytes('0123456789'), 'https://a', limit);
    await expect(keep(cache, sha256('0123456789x'), bytes('0123456789x'), 'https://a', limit)).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'The artifact has more than 10 bytes, the most that is taken of it.',
      options: { object: 'https://a' },
    });
    expect(await readdir(cache)).toEqual([sha256('0123456789')]);
  });

  test('on the disk of the worker is looked at up to its limit, and must be a file', async () => {
    const [file, pipe] = [join(scratch, 'artifact'), join(scratch, 'pipe')];
    writeFileSync(file, '0123456789');
    expect(await digestOfFile(file, signal, limit)).toBe(sha256('0123456789'));
    truncateSync(file, 11);
    await expect(digestOfFile(file, signal, limit)).rejects.toMatchObject({ type: 'LimitExceeded' });
    execFileSync('mkfifo', [pipe]);
    await expect(digestOfFile(pipe, signal)).rejects.toMatchObject({ type: 'ArtifactRefused' });
  });
});

describe('an archive', () => {
  /** So many files before `wanted.sql`, of which each has a kilobyte. */
  async function archive(name: string, others: number): Promise<string> {
    const tar = pack();
    for (let at = 0; at < others; at += 1) tar.entry({ name: `${at}.txt` }, 'x'.repeat(1_024));
    tar.entry({ name: 'wanted.sql' }, 'SELECT 1;');
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const path = join(scratch, name);
    writeFileSync(path, name.endsWith('.tgz') ? gzipSync(Buffer.concat(chunks)) : Buffer.concat(chunks));
    return path;
  }
  const read = async (path: string, entries: number, content: number) => {
    const limits = {
      entries: smaller(LIMITS.archiveEntries, entries),
      content: smaller(LIMITS.archiveContent, content),
    };
    let text = '';
    for await (const chunk of fileInside(path, 'wanted.sql', limits)) text += chunk.toString();
    return text;
  };

  test.each(['a.tar', 'a.tgz'])('%s is looked through up to so many entries', async (name) => {
    const path = await archive(name, 9);
    expect(await read(path, 10, 1e6)).toBe('SELECT 1;');
    await expect(read(path, 9, 1e6)).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'The archive has more than 9 entries, the most that is taken of it.',
      options: { object: path, next: 'Pin an archive that holds fewer files.' },
    });
  });

  test.each(['b.tar', 'b.tgz'])('%s is unpacked up to so many bytes, those that are passed over too', async (name) => {
    const path = await archive(name, 100);
    expect(await read(path, 101, 200_000)).toBe('SELECT 1;');
    await expect(read(path, 101, 50_000)).rejects.toMatchObject({
      type: 'LimitExceeded',
      message: 'The archive, unpacked, has more than 50000 bytes, the most that is taken of it.',
    });
  });

  test('as zip is unpacked up to so many bytes', async () => {
    const path = join(scratch, 'c.zip');
    writeFileSync(path, zipped('wanted.sql', 'SELECT 1;'));
    expect(await read(path, 1, 9)).toBe('SELECT 1;');
    await expect(read(path, 1, 8)).rejects.toMatchObject({
      message: 'wanted.sql, unpacked, has more than 8 bytes, the most that is taken of it.',
    });
    await expect(read(path, 0, 9)).rejects.toMatchObject({
      message: 'The archive has more than 0 entries, the most that is taken of it.',
    });
  });
});
