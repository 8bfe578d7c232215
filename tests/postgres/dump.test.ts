import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareContents } from '../../src/postgres/dump/compare.ts';
import { typeOf } from '../../src/postgres/dump/dump.ts';
import { libpqEnvironment } from '../../src/postgres/dump/libpq.ts';
import { markOf, parseMark, scratchDatabase, sentinelSchema } from '../../src/postgres/dump/names.ts';
import { startProgram } from '../../src/postgres/dump/program.ts';
import { wrongWith } from '../../src/postgres/dump/restore.ts';
import { chooseTools, parseVersion, toolsFor } from '../../src/postgres/dump/tools.ts';
import { together } from '../../src/postgres/dump/together.ts';
import { programWords } from '../../src/postgres/dump/words.ts';
import type { DatabaseContent } from '../../src/postgres/dump/written.ts';

const SETTINGS = { named: null, path: [], home: '/home/worker' };
const tools = (major: number) => ({ directory: `/opt/${String(major)}`, version: `${String(major)}.1`, major });
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'windlass-tools-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** Stand-ins for PostgreSQL's programs, which only tell a version. */
function standIns(version: string, names: readonly string[] = ['pg_dump', 'pg_restore']): string {
  const directory = mkdtempSync(join(scratch, 'bin-'));
  for (const name of names) {
    const program = join(directory, name);
    writeFileSync(program, `#!/bin/sh\necho '${name} (PostgreSQL) ${version}'\n`);
    chmodSync(program, 0o755);
  }
  return directory;
}

describe('the tools for a server', () => {
  test('are the oldest that are not older than it', () => {
    const found = [tools(18), tools(14), tools(16)];
    expect(chooseTools(found, 15)?.major).toBe(16);
    expect(chooseTools(found, 16)?.major).toBe(16);
    expect(chooseTools(found, 19)).toBeNull();
  });

  test('are found in the directory that was named, or on PATH where both are of one version', async () => {
    const named = standIns('17.2 (Debian 17.2-1)');
    await expect(toolsFor(17, { ...SETTINGS, named })).resolves.toEqual({
      directory: named,
      version: '17.2',
      major: 17,
    });
    const path = [standIns('99.1', ['pg_dump']), standIns('98.3')];
    await expect(toolsFor(98, { ...SETTINGS, path })).resolves.toMatchObject({ directory: path[1], major: 98 });
  });

  test('that are too old, or not there, are told with what to do', async () => {
    const named = standIns('9.6.24');
    await expect(toolsFor(15, { ...SETTINGS, named })).rejects.toMatchObject({
      type: 'ToolMissing',
      message: `PostgreSQL 15 is newer than pg_dump and pg_restore here, which are 9.6.24 in ${named}.`,
    });
    const empty = standIns('15.1', []);
    await expect(toolsFor(15, { ...SETTINGS, named: empty })).rejects.toMatchObject({
      type: 'ToolMissing',
      message: `There are no pg_dump and pg_restore in ${empty} (WINDLASS_PG_BIN).`,
    });
  });

  test.each([
    ['pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', '15.18'],
    ['pg_restore (PostgreSQL) 19beta1', '19beta1'],
    ['something else', null],
  ])('say their version: %s', (text, version) => {
    expect(parseVersion(text)).toBe(version);
  });
});

describe('the environment of the tools', () => {
  const of = (url: string, major = 15) =>
    libpqEnvironment({ url }, 'shop', { application: 'windlass/r/p/s', tools: tools(major), settings: SETTINGS });

  test('holds the connection and nothing of the worker’s own environment', () => {
    expect(of('postgres://u%40x:p%2Fw@db.example.com:6543/postgres')).toEqual({
      PGHOST: 'db.example.com',
      PGPORT: '6543',
      PGUSER: 'u@x',
      PGPASSWORD: 'p/w',
      PGDATABASE: 'shop',
      PGAPPNAME: 'windlass/r/p/s',
      PGCONNECT_TIMEOUT: '10',
      HOME: '/home/worker',
      LC_ALL: 'C',
      PATH: '/usr/bin:/bin',
    });
    expect(of('postgres://u@[::1]/postgres')).toMatchObject({ PGHOST: '::1' });
    expect(of('postgres://u@localhost/postgres?host=/run/postgresql')).toMatchObject({ PGHOST: '/run/postgresql' });
  });

  test.each([
    ['sslmode=require', 16, { PGSSLMODE: 'verify-full', PGSSLROOTCERT: 'system' }],
    ['sslmode=require', 15, { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/etc/ssl/certs/ca-certificates.crt' }],
    ['sslmode=verify-full&sslrootcert=/ca.pem', 15, { PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca.pem' }],
    ['sslmode=no-verify', 15, { PGSSLMODE: 'require' }],
    ['sslmode=disable', 15, { PGSSLMODE: 'disable' }],
    ['sslmode=prefer&uselibpqcompat=true', 15, { PGSSLMODE: 'prefer' }],
  ])('is as strict about TLS as the client of the worker: %s', (query, major, expected) => {
    const { PGSSLMODE, PGSSLROOTCERT } = of(`postgres://u@h/db?${query}`, major);
    expect({ PGSSLMODE, ...(PGSSLROOTCERT === undefined ? {} : { PGSSLROOTCERT }) }).toEqual(expected);
  });
});

describe('what the tools say', () => {
  test('is told without values of rows', () => {
    const lines = [
      'pg_restore: error: COPY failed for table "people": ERROR:  invalid input syntax for type integer: "4929 1234"',
      'CONTEXT:  COPY people, line 3, column card: "4929 1234"',
    ];
    expect(programWords(lines)).toBe('COPY failed for table "people": (not shown)');
    expect(programWords(['pg_restore: error: could not execute query: ERROR:  role "x" does not exist'])).toContain(
      '"x"',
    );
    expect(programWords([])).toBe('it did not say why');
  });

  test.each([
    ['query failed: ERROR:  canceling statement due to lock timeout', '', 'TargetBusy'],
    ['connection to server at "127.0.0.1", port 1 failed: Connection refused', '', 'TargetUnreachable'],
    ['query failed: FATAL:  terminating connection due to administrator command', '', 'TargetUnreachable'],
    [
      'Dumping the contents of table "events" failed: PQgetCopyData() failed.',
      'Error message from server: server closed the connection unexpectedly',
      'TargetUnreachable',
    ],
    ['could not read block 0', 'the table is damaged', 'BackupFailed'],
  ])('decides whether a retry helps: %s', (error, detail, type) => {
    expect(typeOf([`pg_dump: error: ${error}`, `pg_dump: detail: ${detail}`])).toBe(type);
  });

  test('is kept though the program cannot be run', async () => {
    const program = startProgram(join(scratch, 'none'), [], {}, new AbortController().signal);
    await expect(program.ended).resolves.toEqual({ code: null, lines: [] });
  });

  test('ends when the signal aborts, also where the program will not', async () => {
    const controller = new AbortController();
    const script = "trap '' TERM; echo up; while :; do read x; done";
    const program = startProgram('/bin/sh', ['-c', script], {}, controller.signal, 20);
    await new Promise((resolve) => program.stdout.once('data', resolve));
    controller.abort();
    await expect(program.ended).resolves.toMatchObject({ code: null });
  });
});

describe('a mark', () => {
  const drill = { run: 'a'.repeat(12), step: 'b'.repeat(12) };

  test('tells what a drill made, and where its dump is', () => {
    const dump = { bucket: 'b', key: 'k', versionId: null };
    expect(parseMark(markOf({ ...drill, dump }))).toEqual({ ...drill, dump });
    expect(parseMark(markOf(drill))).toEqual(drill);
  });

  test.each([[null], ['somebody’s'], ['Made by a drill of Windlass, which drops it again: {']])(
    'is not in %s',
    (comment) => {
      expect(parseMark(comment)).toBeNull();
    },
  );

  test('is on things whose names PostgreSQL can hold', () => {
    expect(scratchDatabase(drill, 19).length).toBeLessThan(64);
    expect(scratchDatabase(drill, 19).startsWith(sentinelSchema(drill))).toBe(true);
  });
});

describe('two parts together', () => {
  test('stand and fall together: the first failure stops the other and is the one that is told', async () => {
    const failure = new Error('first');
    const work = together(new AbortController().signal, (signal, both) =>
      both(
        Promise.reject(failure),
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('second'));
          });
        }),
      ),
    );
    await expect(work).rejects.toBe(failure);
  });
});

describe('a comparison', () => {
  const table = (rows: number, checksum = 'c', columns = 'a integer') => ({ rows, checksum, columns });
  const content = (more: Partial<DatabaseContent>): DatabaseContent => ({
    form: 2,
    notCompared: [],
    tables: {},
    sequences: {},
    objects: [],
    ...more,
  });

  test('finds nothing in what is the same, and in a sequence that moved while it was recorded', () => {
    const recorded = content({ tables: { 'a.t': table(1) }, sequences: { 'a.s': ['5', '9'], 'a.down': ['-5', '-9'] } });
    const restored = content({ ...recorded, sequences: { 'a.s': ['7', '7'], 'a.down': ['-9', '-9'] } });
    expect(compareContents(recorded, restored)).toEqual([]);
  });

  test('names tables, sequences and objects that are missing, extra or different', () => {
    const recorded = content({
      tables: { 'a.gone': table(1), 'a.rows': table(2), 'a.sum': table(2), 'a.cols': table(2) },
      sequences: { 'a.s': ['5', '9'], 'a.lost': ['1', '1'] },
      objects: ['index a.i'],
    });
    const restored = content({
      tables: { 'a.new': table(1), 'a.rows': table(1), 'a.sum': table(2, 'd'), 'a.cols': table(2, 'c', 'a text') },
      sequences: { 'a.s': ['4', '4'] },
      objects: ['view a.v'],
    });
    expect(compareContents(recorded, restored)).toEqual([
      'table a.gone is missing in the restore',
      'table a.new is in the restore and was not in the original',
      'table a.rows has 1 rows in the restore, 2 were recorded',
      'the content of table a.sum differs (2 rows, checksum)',
      'the columns of table a.cols differ',
      'sequence a.lost is missing in the restore',
      'sequence a.s goes on with 4 in the restore, 5 to 9 was recorded',
      'index a.i is missing in the restore',
      'view a.v is in the restore and was not in the original',
    ]);
  });

  test('names ten of a sort, and counts the rest', () => {
    const objects = Array.from({ length: 12 }, (_, n) => `index a.i${String(n)}`);
    const faults = compareContents(content({ objects }), content({}));
    expect(faults).toHaveLength(11);
    expect(faults.at(-1)).toBe('and 2 more like the last');
  });

  test.each([
    [{ bytes: 5, sha256: 'x' }, 'the dump of database d is truncated: it is 5 bytes, 9 were recorded'],
    [{ bytes: 10, sha256: 'x' }, 'the dump of database d is another one: it is 10 bytes, 9 were recorded'],
    [{ bytes: 9, sha256: 'y' }, 'the dump of database d was altered: its SHA-256 is y, x was recorded'],
    [{ bytes: 9, sha256: 'x' }, null],
  ])('of a dump with what was written of it: %j', (found, words) => {
    expect(wrongWith('d', { bytes: 9, sha256: 'x' }, found)).toBe(words);
  });
});
