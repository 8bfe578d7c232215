import { describe, expect, test } from '@jest/globals';
import { isVersion, nameMigrations, numberOf, type Naming } from '../../src/domain/migration-naming.ts';
import { orderOf } from '../../src/domain/migration-order.ts';

function named(paths: readonly string[], given?: Naming) {
  return nameMigrations('db', paths.map((path) => `db/${path}`).toSorted(), given);
}

function read(paths: readonly string[], given?: Naming): unknown {
  const { naming, files, problems } = named(paths, given);
  return problems.length > 0 ? problems : [naming, ...files.map(({ kind, version }) => `${kind} ${version}`)];
}

describe('the files of a directory', () => {
  test.each<[string, readonly string[], unknown]>([
    [
      'of Flyway',
      ['V1_1__a.sql', 'V1.2__b.sql', 'U1_1__a.sql', 'R__v.sql', 'deep/V20250625__c.sql'],
      ['flyway', 'repeatable R__v', 'down 1.1', 'versioned 1.2', 'versioned 1.1', 'versioned 20250625'],
    ],
    [
      'of golang-migrate',
      ['000001_a.up.sql', '000001_a.down.sql', '20240131120000_b.up.sql'],
      ['golang-migrate', 'down 1', 'versioned 1', 'versioned 20240131120000'],
    ],
    [
      'of Prisma',
      ['0_init/migration.sql', '20240131120000_a/migration.sql'],
      ['prisma', 'versioned 0', 'versioned 20240131120000'],
    ],
    [
      'of Diesel',
      [
        '00000000000000_setup/up.sql',
        '2024-01-31-120000_a/up.sql',
        '2024-01-31-120000_a/down.sql',
        '2024-01-31-120000-0000_b/up.sql',
      ],
      ['diesel', 'versioned 0', 'versioned 202401311200000000', 'down 20240131120000', 'versioned 20240131120000'],
    ],
    [
      'with numbers',
      ['0001-a.sql', '0002_2fa.sql', '003.sql', '1.10_b.sql', '2024-01-31_c.sql'],
      ['numbered', 'versioned 1', 'versioned 2', 'versioned 3', 'versioned 1.10', 'versioned 20240131'],
    ],
    [
      'of one number',
      ['20240131_b.sql', '20240131_a.sql', '20240201_c.sql'],
      ['numbered', 'versioned 20240131_a', 'versioned 20240131_b', 'versioned 20240201'],
    ],
  ])('%s are known by their names', (_, paths, expected) => {
    expect(read(paths)).toEqual(expected);
  });

  test('of Flyway begin with a capital, since Flyway passes others over', () => {
    const paths = ['V1__a.sql', 'v2__b.sql', 'deep/r__c.sql'];
    const why = expect.stringContaining('Flyway passes a file over');
    expect(read(paths)).toEqual([
      { path: 'db/deep/r__c.sql', why },
      { path: 'db/v2__b.sql', why },
    ]);
    expect(named(paths, 'flyway')).toMatchObject({ passedOver: ['db/deep/r__c.sql', 'db/v2__b.sql'], problems: [] });
  });

  test('are called in the ledger by their names, with the folder that is theirs', () => {
    expect(named(['20240131120000_add_a/migration.sql']).files).toEqual([
      {
        path: 'db/20240131120000_add_a/migration.sql',
        name: '20240131120000_add_a/migration.sql',
        kind: 'versioned',
        version: '20240131120000',
        description: 'add a',
      },
    ]);
  });

  test('that lie deeper are passed over where the tool does not look there', () => {
    const { files, passedOver } = named(['1_a.up.sql', 'testdata/1_a.up.sql', 'testdata/seed.sql']);
    expect(files.map(({ path }) => path)).toEqual(['db/1_a.up.sql']);
    expect(passedOver).toEqual(['db/testdata/1_a.up.sql', 'db/testdata/seed.sql']);
    expect(named(['2023/1_a.sql', '2024/2_b.sql']).files).toHaveLength(2);
  });

  test('of two namings are refused, unless the step gives the one that is meant', () => {
    const mixed = ['1_a.up.sql', '2_b.up.sql', '3_c.sql'];
    expect(read(mixed)).toEqual([
      {
        path: 'db/3_c.sql',
        why: expect.stringMatching(/one of numbered, while 2 beside it are of golang-migrate.*numbered takes both/),
      },
    ]);
    expect(read(mixed, 'numbered')).toEqual(['numbered', 'versioned 1', 'versioned 2', 'versioned 3']);
    expect(named(['1_a/migration.sql', '2_b/migration.sql', '3_c.sql'], 'prisma').passedOver).toEqual(['db/3_c.sql']);
    expect(read(['V1__a.sql', 'V2_b.sql'], 'flyway')).toEqual([
      { path: 'db/V2_b.sql', why: expect.stringContaining('the name must be V<version>__') },
    ]);
  });

  test('that say the same number and name twice are refused', () => {
    expect(read(['1_a.sql', '1-a.sql'])).toEqual([{ path: 'db/1_a.sql', why: 'version 1_a is that of 1-a.sql too' }]);
    expect(read(['V1__a.sql', 'V01.0__b.sql'])).toEqual([
      { path: 'db/V1__a.sql', why: 'version 1 is that of V01.0__b.sql too' },
    ]);
  });
});

describe('the order of versions', () => {
  function sorted(...versions: readonly string[]): readonly string[] {
    return versions.toSorted(orderOf(versions));
  }

  test('is that of numbers, then of names', () => {
    expect(sorted('10', '9', '1.10', '1.9')).toEqual(['1.9', '1.10', '9', '10']);
    expect(sorted('7_b', '7_a', '6')).toEqual(['6', '7_a', '7_b']);
  });

  test('is that of dates where all are dates, however long', () => {
    expect(sorted('20250626000000', '20250625', '20250624235959', '20240101000000', '0')).toEqual([
      '0',
      '20240101000000',
      '20250624235959',
      '20250625',
      '20250626000000',
    ]);
    expect(sorted('20250625', '20259999', '20240101000000')).toEqual(['20250625', '20259999', '20240101000000']);
  });
});

test('a version is meant by its number, and by its number and name', () => {
  expect([numberOf('20240131_a'), numberOf('1.2'), numberOf('R__v')]).toEqual(['20240131', '1.2', 'R__v']);
  expect([isVersion('01.0', '1'), isVersion('1_v1.0', '1_v1.0'), isVersion('2', '1')]).toEqual([true, true, false]);
});
