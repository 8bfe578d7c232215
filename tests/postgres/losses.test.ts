import { describe, expect, test } from '@jest/globals';
import { losses } from '../../src/postgres/migrate/lint/losses.ts';
import { parseStatement } from '../../src/postgres/sql/grammar.ts';

async function taken(sql: string): Promise<readonly string[]> {
  const node = await parseStatement(sql);
  return losses(node!).map(({ verb, of, what }) => `${verb} ${of.join('.')}${what === 'table' ? '' : `: ${what}`}`);
}

describe('what a statement would take away', () => {
  test.each([
    ['drop table orders', ['DROP TABLE orders']],
    ['DROP TABLE IF EXISTS public.Orders, "Old Orders" CASCADE', ['DROP TABLE public.orders', 'DROP TABLE Old Orders']],
    ['drop owned by app', ['DROP OWNED app']],
    ['explain analyze delete from orders', ['DELETE without WHERE orders: rows']],
    ['drop schema sales cascade', ['DROP SCHEMA sales']],
    ['truncate orders, lines restart identity', ['TRUNCATE orders: rows', 'TRUNCATE lines: rows']],
    ['truncate table only orders', ['TRUNCATE orders: rows']],
    ['alter table orders drop column total', ['DROP COLUMN orders: column total']],
    ['alter table if exists only orders drop total, add a int', ['DROP COLUMN orders: column total']],
    ['delete from orders', ['DELETE without WHERE orders: rows']],
    ['delete from only sales.orders o', ['DELETE without WHERE sales.orders: rows']],
    ['delete from orders using (select 1 where true) x', ['DELETE without WHERE orders: rows']],
    ['with gone as (delete from orders returning *) select 1 where true', ['DELETE without WHERE orders: rows']],
  ])('%s', async (sql, expected) => {
    await expect(taken(sql)).resolves.toEqual(expected);
  });

  test.each([
    'delete from orders where id = 1',
    'with gone as (delete from orders where id = 1 returning *) select * from gone',
    'alter table orders drop constraint positive',
    'alter table orders alter column total drop default, alter a drop not null, alter b drop identity',
    'create table drop_table (truncate_at date)',
    "insert into t values ('drop table orders')",
    'create function f() returns void begin atomic delete from orders; end',
    'grant delete on orders to app',
    'create table a (b int references c on delete cascade)',
    'drop view v',
  ])('nothing: %s', async (sql) => {
    await expect(taken(sql)).resolves.toEqual([]);
  });
});
