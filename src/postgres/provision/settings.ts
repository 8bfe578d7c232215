import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from '../session.ts';
import { work, type Work } from './work.ts';

/** Settings that hold a list of names: each is quoted by itself, or the list would be one name. */
const LISTS = ['search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries'];

const QUERIES = {
  role: `SELECT s.setconfig AS settings FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
          WHERE s.setdatabase = 0 AND r.rolname = $1`,
  database: `SELECT s.setconfig AS settings FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
              WHERE s.setrole = 0 AND d.datname = $1`,
};

/** What sessions of a role or in a database begin with. Settings that nobody declares are left as they are. */
export async function settingsWork(
  session: Session,
  on: 'role' | 'database',
  name: string,
  declared: Readonly<Record<string, string>>,
): Promise<readonly Work[]> {
  const wanted = Object.entries(declared);
  if (wanted.length === 0) return [];
  const [row] = await session.query<{ settings: string[] }>(QUERIES[on], [name]);
  const held = new Map((row?.settings ?? []).map((setting) => splitOnce(setting)));
  const differing = wanted.filter(([setting, value]) => !isSame(setting, held.get(setting), value));
  const thing = { type: 'settings', on, name } as const;
  if (differing.length === 0) return [work('unchanged', thing, [])];
  const sql = differing.map(
    ([setting, value]) =>
      `ALTER ${on.toUpperCase()} ${escapeIdentifier(name)} SET ${setting.split('.').map(escapeIdentifier).join('.')} ` +
      `TO ${valueSql(setting, value)}`,
  );
  const detail = differing.map(([setting, value]) => `${setting}: ${held.get(setting) ?? 'not set'} -> ${value}`);
  return [work(held.size === 0 ? 'create' : 'update', thing, sql, detail)];
}

function splitOnce(setting: string): [string, string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at), setting.slice(at + 1)];
}

function isSame(setting: string, held: string | undefined, wanted: string): boolean {
  if (held === undefined) return false;
  return LISTS.includes(setting) ? items(held).join() === items(wanted).join() : held === wanted;
}

function valueSql(setting: string, value: string): string {
  return LISTS.includes(setting) ? items(value).map(escapeLiteral).join(', ') : escapeLiteral(value);
}

function items(list: string): readonly string[] {
  return list.split(',').map((item) => item.trim().replace(/^"(.*)"$/, '$1'));
}
