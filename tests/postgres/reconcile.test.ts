import { describe, expect, test } from '@jest/globals';
import { postgresMigrate } from '../../src/domain/kinds/postgres-migrate.ts';
import type { LedgerRow } from '../../src/postgres/migrate/ledger.ts';
import { listMigrations, type Migrations } from '../../src/postgres/migrate/migration.ts';
import type { Migration } from '../../src/postgres/migration.ts';
import { reconcile } from '../../src/postgres/migrate/reconcile.ts';
import { filesOf } from './support/files.ts';

const SETTINGS = { cache: '/nowhere', mirror: null, admit: () => undefined };
const SPEC = { database: 'd', source: { directory: 'db' } };

function load(...names: string[]): Migrations {
  const files = names.map((name) => [`db/${/^\d/.test(name) ? `V${name}__x` : name}.sql`, `select '${name}'`]);
  return listMigrations(
    postgresMigrate.parse(SPEC),
    filesOf(Object.fromEntries(files) as Record<string, string>),
    SETTINGS,
  );
}

function ran(migration: Migration | undefined, more: Partial<LedgerRow> = {}): LedgerRow {
  const { version, name, sha256, kind } = migration!;
  return {
    version,
    file: name,
    sha256,
    kind,
    standIn: null,
    appliedBy: 'postgres',
    appliedAt: '2026-11-23T12:00:00Z',
    ...more,
  };
}

function judged(
  files: Migrations,
  rows: readonly LedgerRow[],
  more: object = {},
  hasTables = false,
): readonly string[] {
  const spec = postgresMigrate.parse({ ...SPEC, ...more });
  return reconcile(files, rows, spec, hasTables).map(
    ({ is, migration, row }) => `${is} ${migration?.version ?? row?.version ?? ''}`,
  );
}

function mismatch(problem: RegExp): unknown {
  return expect.objectContaining({ type: 'LedgerMismatch', message: expect.stringMatching(problem) });
}

describe('files beside the ledger', () => {
  test('what has no row is pending', () => {
    const files = load('1', '2', '10');
    expect(
      judged(
        files,
        files.up.slice(0, 2).map((one) => ran(one)),
      ),
    ).toEqual(['applied 1', 'applied 2', 'pending 10']);
  });

  test('a repeatable file is pending whenever its row is of another digest, and comes last', () => {
    const files = load('R__b', 'R__a', '1');
    const [v, a, b] = files.up;
    expect(judged(files, [ran(v), ran(a), ran(b, { sha256: 'f'.repeat(64) })])).toEqual([
      'applied 1',
      'applied R__a',
      'pending R__b',
    ]);
  });

  test('a file changed after it ran does not fit, unless that is accepted', () => {
    const files = load('1');
    const row = ran(files.up[0], { sha256: 'f'.repeat(64) });
    expect(() => judged(files, [row])).toThrow(mismatch(/db\/V1__x\.sql was changed after it ran/));
    const repair = [{ version: '1', accept: 'changed', reason: 'a comment' }];
    expect(judged(files, [row], { repair })).toEqual(['repair 1']);
  });

  test('a row without its file does not fit, unless that is accepted', () => {
    const files = load('1', '2');
    const rows = files.up.map((one) => ran(one));
    const left = { ...files, up: files.up.slice(1) };
    expect(() => judged(left, rows)).toThrow(
      mismatch(/V1__x\.sql ran on .*, but its version 1 is not among the files/),
    );
    const repair = [{ version: '1', accept: 'missing', reason: 'squashed' }];
    expect(judged(left, rows, { repair })).toEqual(['repair 1', 'applied 2']);
    expect(judged(left, [{ ...rows[0]!, kind: 'missing' }, rows[1]!])).toEqual(['applied 2']);
  });

  test('a pending file before one that ran does not fit, unless that is accepted', () => {
    const files = load('9', '10');
    expect(() => judged(files, [ran(files.up[1])])).toThrow(
      mismatch(/V9__x\.sql did not run yet, but the later version 10 did/),
    );
    const repair = [{ version: '9.0', accept: 'out-of-order', reason: 'hotfix' }];
    expect(judged(files, [ran(files.up[1])], { repair })).toEqual(['pending 9', 'applied 10']);
  });

  test('a day without its time makes nothing late that comes last by its number', () => {
    const files = load('20250625', '20250101120000', '20250301120000', '20250701', '20241231120000');
    const [early, first, march, june, july] = files.up;
    expect(files.up.map(({ version }) => version)).toEqual([
      '20241231120000',
      '20250101120000',
      '20250301120000',
      '20250625',
      '20250701',
    ]);
    const rows = [ran(first), ran(june)];
    expect(judged({ ...files, up: [first!, march!, june!, july!] }, rows)).toEqual([
      'applied 20250101120000',
      'pending 20250301120000',
      'applied 20250625',
      'pending 20250701',
    ]);
    expect(() => judged({ ...files, up: [early!, first!, june!] }, rows)).toThrow(
      mismatch(/V20241231120000__x\.sql did not run yet/),
    );
  });

  test('a baseline holds only for a database that has tables and no ledger', () => {
    const files = load('1', '2', '3');
    const baseline = { version: '2', reason: 'made by hand' };
    expect(judged(files, [], { baseline }, true)).toEqual(['baseline 1', 'baseline 2', 'pending 3']);
    expect(judged(files, [], { baseline }, false)).toEqual(['pending 1', 'pending 2', 'pending 3']);
  });

  test('versions later than the one to be at are left out, or taken back newest first', () => {
    const files = load('1', '2', '3', '4', 'U2__x', 'U3__x');
    const rows = files.up.slice(0, 3).map((one) => ran(one));
    expect(judged(files, rows, { to: '1.0' })).toEqual(['undo 3', 'undo 2', 'applied 1', 'left-out 4']);
  });

  test('a version that no file takes back names the backup that is needed', () => {
    const files = load('1', '2');
    expect(() =>
      judged(
        files,
        files.up.map((one) => ran(one)),
        { to: '1' },
      ),
    ).toThrow(
      mismatch(/no file U2__<description>\.sql takes it back: restore a backup of database d from before 2026/),
    );
  });

  test('a stand-in that ran is not the real file', () => {
    const files = load('1');
    const row = ran(files.up[0], { sha256: 'f'.repeat(64), standIn: 'no network' });
    expect(() => judged(files, [row])).toThrow(mismatch(/what ran on .* only stood in for it \(no network\)/));
    const stood = { ...files, up: [{ ...files.up[0]!, standInSha256: 'f'.repeat(64) }] };
    expect(judged(stood, [row])).toEqual(['applied 1']);
  });
});
