import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compareTexts } from '../../../../src/domain/compare.ts';
import type { Json } from '../../../../src/domain/json.ts';
import { readText } from '../../../../src/domain/json-fields.ts';
import { libpqEnvironment } from '../../../../src/postgres/dump/libpq.ts';
import { dumpSettings } from '../../../../src/postgres/dump/settings.ts';
import { toolsFor } from '../../../../src/postgres/dump/tools.ts';
import { rowsOf } from '../../../postgres/support/lab.ts';
import { labVariable, type Variables } from '../../../support/settings.ts';
import type { Neutral } from './neutral.ts';

const LARGEST_DUMP_BYTES = 64 * 1024 * 1024;
/** A server that was killed goes on up to 32 numbers further on: that many are logged as given out at once. */
const GIVEN_OUT = /(?<=^SELECT pg_catalog\.setval\('[^']+', )\d+(?=, true\);$)/;
/** What of the ledger does not tell when and by which run something was written. */
const LEDGER =
  'SELECT version, description, file, sha256, kind, stand_in IS NOT NULL AS stands_in FROM windlass.ledger';

/** Their rows are counted and hashed: a dump of a million would fill the memory. */
const LARGE_TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND n.nspname <> 'pg_catalog' AND pg_relation_size(c.oid) > 16 * 1024 * 1024 ORDER BY 1`;
/** In whatever order the server gives them. */
const contentOf = (table: string): string =>
  `SELECT count(*)::text AS rows, sum(hashtextextended(t::text, 0))::text AS hashes FROM ${table} t`;

/** Every database of a lab's server as pg_dump writes it, and its roles, by name. */
export async function databasesOf(env: Variables, neutral: Neutral): Promise<ReadonlyMap<string, Json>> {
  const connection = { url: labVariable('WINDLASS_LAB_POSTGRES_URL', env) };
  const rows = (database: string, sql: string) => rowsOf<Record<string, Json>>(database, sql, [], connection);
  const [server] = await rows('postgres', 'SHOW server_version_num');
  const settings = dumpSettings({ ...process.env, ...env });
  const tools = await toolsFor(Math.floor(Number(server?.['server_version_num']) / 10_000), settings);
  const databases = await rows(
    'postgres',
    `SELECT datname, pg_get_userbyid(datdba) AS owner, datconnlimit, datacl::text FROM pg_database WHERE NOT datistemplate ORDER BY 1`,
  );
  const roles = await rows(
    'postgres',
    `SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolconfig,
       ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = pg_roles.oid ORDER BY 1) AS member_of
     FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1`,
  );
  const found = new Map<string, Json>(roles.map((role) => [`role ${readText(role, 'rolname') ?? ''}`, role]));
  for (const database of databases) {
    const name = readText(database, 'datname') ?? '';
    const [ledger] = await rows(name, `SELECT to_regclass('windlass.ledger') IS NOT NULL AS there`);
    const large = (await rows(name, LARGE_TABLES)).map((row) => readText(row, 'name') ?? '');
    const left = ['windlass.*', ...large].map((table) => `--exclude-table-data=${table}`);
    const args = ['--no-password', ...left];
    const { stdout } = await promisify(execFile)(join(tools.directory, 'pg_dump'), args, {
      env: { ...libpqEnvironment(connection, name, { application: 'compare', tools, settings }) },
      maxBuffer: LARGEST_DUMP_BYTES,
    });
    found.set(`database ${name}`, {
      ...database,
      dump: linesOf(neutral.text(stdout)),
      large: await Promise.all(large.map(async (table) => ({ table, content: await rows(name, contentOf(table)) }))),
      ledger: ledger?.['there'] === true ? await rows(name, `${LEDGER} ORDER BY version`) : [],
    });
  }
  return found;
}

/** The statements of a dump; rows of a table in an order of their own, since the server keeps none. */
function linesOf(dump: string): readonly string[] {
  const lines = dump
    .split('\n')
    .filter((line) => line !== '' && !/^(?:--|\\restrict |\\unrestrict )/.test(line))
    .map((line) => line.replace(GIVEN_OUT, '<number>'));
  const sorted: string[] = [];
  let rows: string[] | null = null;
  for (const line of lines) {
    if (rows === null) sorted.push(line);
    else if (line !== '\\.') rows.push(line);
    else {
      sorted.push(...rows.toSorted(compareTexts), line);
      rows = null;
    }
    if (/^COPY .* FROM stdin;$/.test(line)) rows = [];
  }
  return sorted;
}
