import { describe, expect, test } from '@jest/globals';
import { dumpFile } from '../../../src/domain/drill/database-names.ts';
import { databasePartName } from '../../../src/domain/drill/part-facts.ts';

describe('what a drill calls a database', () => {
  test.each([
    ['orders_2', 'orders_2'],
    ['order-service', 'order-service'],
    ['Shop', 'Shop'],
    ['odd$', 'odd.'],
    ['a.b/c "d"', 'a.2eb.2fc.20.22d.22'],
    ['büro', 'b.c3.bcro'],
    ['..', '.2e.2e'],
  ])('%s is a key', (database, name) => {
    expect(databasePartName({ target: 'db', database })).toBe(`database-db-${name}`);
    expect(databasePartName({ target: 'db', database })).toMatch(/^[-._a-zA-Z0-9]+$/);
  });

  test.each([
    ['orders_2', 'orders_2'],
    // As 0.1.0 called it.
    ['orders$2026', 'orders$2026'],
    ['order-service', 'order.2dservice'],
    ['a.b/c "d"', 'a.2eb.2fc.20.22d.22'],
    ['..', '.2e.2e'],
  ])('%s is a file name', (database, name) => {
    expect(dumpFile('db', database)).toBe(`windlass-db-${name}.dump`);
  });

  test('is one file each, whatever stands in the names', () => {
    const names = ['a$b', 'a.b', 'a.2eb', 'a$2eb', 'a.24b', 'a-b', 'b', 'a', 'a$', 'a.'];
    const pairs = ['t', 't-a', 't-a-b'].flatMap((target) => names.map((name) => dumpFile(target, name)));
    expect(new Set(pairs).size).toBe(pairs.length);
  });
});
