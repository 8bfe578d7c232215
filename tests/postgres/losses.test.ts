import { describe, expect, test } from '@jest/globals';
import { losses, type Loss } from '../../src/postgres/migrate/lint/losses.ts';
import { parseStatement } from '../../src/postgres/sql/grammar.ts';

function words({ verb, on, of, takes }: Loss): string {
  const thing = `${verb} ${on === 'relation' ? '' : `${on} `}${of.join('.')}`;
  switch (takes.what) {
    case 'anything':
      return `${verb}: anything`;
    case 'object':
      return thing;
    case 'rows':
      return `${thing}: rows${takes.unlessNull === undefined ? '' : ` if ${takes.unlessNull.join(', ')} cannot be NULL`}`;
    case 'column':
      return `${thing}: column ${takes.column}`;
    case 'values':
      return `${thing}: values of ${takes.column}${takes.casts === null ? '' : ` through ${takes.casts.join(', ')}`}`;
    case 'partition':
      return `${thing}: from ${takes.from.join('.')}`;
  }
}

async function taken(sql: string): Promise<readonly string[]> {
  const node = await parseStatement(sql);
  return losses(node!).map(words);
}

const EVERY = 'DELETE with a WHERE that may hold for every row';

describe('what a statement would take away', () => {
  test.each([
    ['drop table orders', ['DROP TABLE orders']],
    ['DROP TABLE IF EXISTS public.Orders, "Old Orders" CASCADE', ['DROP TABLE public.orders', 'DROP TABLE Old Orders']],
    ['drop owned by app', ['DROP OWNED role app']],
    [
      'drop owned by current_user, session_user cascade',
      ['DROP OWNED role CURRENT_USER', 'DROP OWNED role SESSION_USER'],
    ],
    ['drop owned by current_role', ['DROP OWNED role CURRENT_USER']],
    ['drop schema sales cascade', ['DROP SCHEMA schema sales']],
    ['drop extension hstore cascade', ['DROP EXTENSION CASCADE extension hstore']],
    ['drop domain types.pos cascade', ['DROP DOMAIN CASCADE type types.pos']],
    ['drop type a, s.b cascade', ['DROP TYPE CASCADE type a', 'DROP TYPE CASCADE type s.b']],
    ['drop function s.dbl(int) cascade', ['DROP FUNCTION CASCADE routine s.dbl']],
    ['drop materialized view m', ['DROP MATERIALIZED VIEW m']],
    ['refresh materialized view m with no data', ['REFRESH WITH NO DATA m: rows']],
    ['alter type place drop attribute zip cascade', ['DROP ATTRIBUTE type place: column zip']],
    ['alter table t detach partition t1 concurrently', ['DETACH PARTITION t1: from t']],
    ['alter table c no inherit s.p', ['NO INHERIT c: from s.p']],
    ['explain analyze delete from orders', ['DELETE without WHERE orders: rows']],
    ['truncate orders, lines restart identity', ['TRUNCATE orders: rows', 'TRUNCATE lines: rows']],
    ['truncate table only orders', ['TRUNCATE orders: rows']],
    ['alter table orders drop column total', ['DROP COLUMN orders: column total']],
    ['alter table if exists only orders drop total, add a int', ['DROP COLUMN orders: column total']],
    ['delete from orders', ['DELETE without WHERE orders: rows']],
    ['delete from only sales.orders o', ['DELETE without WHERE sales.orders: rows']],
    ['delete from orders using (select 1 where true) x', ['DELETE without WHERE orders: rows']],
    ['with gone as (delete from orders returning *) select 1 where true', ['DELETE without WHERE orders: rows']],
    ['copy (delete from orders returning *) to stdout', ['DELETE without WHERE orders: rows']],
    [
      'create table kept as with x as (delete from orders returning *) select * from x',
      ['DELETE without WHERE orders: rows'],
    ],
    ['merge into t using s on true when matched then delete', ['MERGE that deletes t: rows']],
    ['merge into t using s on t.a = s.a when not matched by source then delete', ['MERGE that deletes t: rows']],
    ['alter table t alter a type int', ['ALTER COLUMN TYPE t: values of a through "pg_catalog"."int4"']],
    [
      'alter table t alter a type int using a::text::int',
      ['ALTER COLUMN TYPE t: values of a through "text", "pg_catalog"."int4"'],
    ],
    ['alter table t alter a type varchar(5) using left(a, 5)', ['ALTER COLUMN TYPE USING t: values of a']],
    ['alter table t alter a type int using null', ['ALTER COLUMN TYPE USING t: values of a']],
    ["do $$ begin execute 'DROP TABLE ' || 'orders'; end $$", ['DO: anything']],
    ['merge into t using s on t.a = s.a when matched then delete', ['MERGE that deletes t: rows']],
    ['delete from t using t x where x.id = t.id', [`${EVERY} t: rows`]],
    [
      'insert into t select id, null from t on conflict (id) do update set a = null, b = excluded.b',
      ['ON CONFLICT DO UPDATE t: values of a'],
    ],
    ['update t set a = null, b = b + 1', ['UPDATE of every row t: values of a']],
  ])('%s', async (sql, expected) => {
    await expect(taken(sql)).resolves.toEqual(expected);
  });

  test.each([
    'true',
    '1 = 1',
    'not false',
    "'t'::boolean",
    'id = 1 or true',
    'a is null or a is not null',
    'now() > $$2020-01-01$$',
    'random() >= 0',
    'exists (select 1)',
    '2 > 1 and 1 < 2',
    'id is not distinct from id',
    'exists (select 1 from t x where x.id = t.id)',
    'lower(name) = lower(name)',
  ])('rows, by DELETE ... WHERE %s', async (where) => {
    await expect(taken(`delete from t where ${where}`)).resolves.toEqual([`${EVERY} t: rows`]);
  });

  test.each([
    ['id = id', 'id'],
    ['id is not null', 'id'],
    ['id in (select id from t)', 'id'],
    ['id in (select x.id from t x)', 'id'],
    ["name like '%'", 'name'],
  ])('rows where a column cannot be NULL, by DELETE ... WHERE %s', async (where, column) => {
    await expect(taken(`delete from t where ${where}`)).resolves.toEqual([
      `${EVERY} t: rows if ${column} cannot be NULL`,
    ]);
  });

  test.each([
    'delete from orders where id = 1',
    'delete from orders where false',
    'delete from orders where 1 = 2',
    'delete from orders where not true',
    'delete from orders where id = 1 and true',
    'delete from orders where id is null',
    'delete from orders where current of c',
    'with gone as (delete from orders where id = 1 returning *) select * from gone',
    'merge into t using s on t.a = s.a and s.b = 7 when matched then delete',
    'update t set a = null where b = 1',
    'insert into t values (1, null) on conflict (id) do update set a = null',
    'insert into t select * from s on conflict (id) do update set a = excluded.a',
    'insert into t select * from s where id = 7 on conflict (id) do update set a = null',
    'delete from t where done',
    'update t set a = lower(a)',
    'alter table orders drop constraint positive',
    'alter table orders alter column total drop default, alter a drop not null, alter b drop identity',
    'create table drop_table (truncate_at date)',
    "insert into t values ('drop table orders')",
    'create function f() returns void begin atomic delete from orders; end',
    'grant delete on orders to app',
    'create table a (b int references c on delete cascade)',
    'refresh materialized view m',
    'do $$ begin perform 1; end $$',
  ])('nothing: %s', async (sql) => {
    await expect(taken(sql)).resolves.toEqual([]);
  });
});
