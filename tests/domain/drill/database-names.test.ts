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
  ])('%s is a key and a file name', (database, name) => {
    expect(databasePartName({ target: 'db', database })).toBe(`database-db-${name}`);
    expect(dumpFile('db', database)).toBe(`windlass-db-${name}.dump`);
    expect(databasePartName({ target: 'db', database })).toMatch(/^[-._a-zA-Z0-9]+$/);
  });
});
