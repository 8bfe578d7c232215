import { describe, expect, test } from '@jest/globals';
import { traitsOf } from '../../src/postgres/migrate/rehearsal/traits.ts';
import { parseStatement } from '../../src/postgres/sql/grammar.ts';

async function outside(sql: string): Promise<string | null> {
  const node = await parseStatement(sql);
  return traitsOf(node!, sql).outside;
}

describe('what a rehearsal never carries out', () => {
  test.each([
    'ALTER ROLE a RENAME TO b',
    'ALTER DATABASE a RENAME TO b',
    'ALTER TABLESPACE a RENAME TO b',
    'ALTER DATABASE a OWNER TO b',
    'CREATE DATABASE a',
    'DROP DATABASE a',
    'GRANT CONNECT ON DATABASE a TO b',
    'REVOKE ALL ON TABLESPACE a FROM b',
    'GRANT SET ON PARAMETER work_mem TO b',
    'GRANT a TO b',
    'COMMENT ON DATABASE a IS $$x$$',
    'COMMENT ON ROLE a IS $$x$$',
    "SECURITY LABEL ON ROLE a IS 'x'",
    'DO $$ BEGIN GRANT CONNECT ON DATABASE a TO b; END $$',
    'DO $$ BEGIN REVOKE ALL ON TABLESPACE a FROM b; END $$',
    'DO $$ BEGIN GRANT a, c TO b WITH ADMIN OPTION; END $$',
    'DO $$ BEGIN REVOKE ADMIN OPTION FOR a FROM b; END $$',
    "DO $$ BEGIN COMMENT ON DATABASE a IS 'x'; END $$",
    "DO $$ BEGIN COMMENT ON ROLE a IS 'x'; END $$",
    "DO $$ BEGIN SECURITY LABEL FOR x ON TABLESPACE a IS 'x'; END $$",
    'DO $$ BEGIN GRANT SET ON PARAMETER work_mem TO b; END $$',
    'DO $$ BEGIN ALTER ROLE a RENAME TO b; END $$',
    'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ GRANT a TO b $$',
    "CREATE TABLE t AS SELECT * FROM dblink('dbname=x', 'SELECT 1') AS x (i int)",
    'CREATE TABLE t AS SELECT pg_terminate_backend(pid) FROM pg_stat_activity',
    'SELECT pg_terminate_backend(pid) INTO t FROM pg_stat_activity',
    'CREATE VIEW v AS SELECT pg_reload_conf()',
    'CREATE MATERIALIZED VIEW v AS SELECT pg_cancel_backend(1)',
    "CREATE RULE r AS ON INSERT TO t DO ALSO SELECT dblink_exec('x', 'y')",
    'PREPARE p AS SELECT pg_promote()',
    "ALTER TABLE t ADD c text DEFAULT pg_read_file('x')",
    "SELECT query_to_xml('SELECT pg_reload_conf()', true, true, '')",
  ])('%s', async (sql) => {
    await expect(outside(sql)).resolves.not.toBeNull();
  });

  test.each([
    'ALTER TABLE a RENAME TO b',
    'GRANT SELECT ON t TO b',
    'COMMENT ON TABLE t IS $$comment on role$$',
    'DO $$ BEGIN GRANT SELECT ON t TO b; REVOKE ALL ON ALL TABLES IN SCHEMA s FROM PUBLIC; END $$',
    "DO $$ BEGIN COMMENT ON TABLE t IS 'x'; END $$",
    'CREATE TABLE t (notify boolean, load int)',
    'CREATE TABLE t AS SELECT now()',
    'DROP TABLE dblink',
  ])('but does: %s', async (sql) => {
    await expect(outside(sql)).resolves.toBeNull();
  });
});
