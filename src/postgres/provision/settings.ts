import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from '../session.ts';
import { isSuperuser, type User } from './user.ts';
import { statement, work, type Need, type Work } from './work.ts';

/** Settings that hold a list of names: each is quoted by itself, or the list would be one name. */
const LISTS = ['search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries'];

const QUERIES = {
  role: `SELECT s.setconfig AS settings FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
          WHERE s.setdatabase = 0 AND r.rolname = $1`,
  database: `SELECT s.setconfig AS settings FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
              WHERE s.setrole = 0 AND d.datname = $1`,
};

/**
 * What sessions of a role or in a database begin with. Settings that nobody declares are left as they are. Names count as the
 * server reads them: whatever their case, which it writes in its own way (`TimeZone`).
 *
 * @param owner of the database, or the role itself.
 * @throws WindlassFailure as `Session` does.
 */
export async function settingsWork(
  session: Session,
  user: User,
  on: 'role' | 'database',
  { name, owner, settings: declared }: Declared,
): Promise<readonly Work[]> {
  const wanted = Object.entries(declared);
  if (wanted.length === 0) return [];
  const [row] = await session.query<{ settings: string[] }>(QUERIES[on], [name]);
  const held = new Map((row?.settings ?? []).map((setting) => splitOnce(setting)));
  const differing = wanted.filter(([setting, value]) => !isSame(setting, held.get(setting.toLowerCase()), value));
  const thing = { type: 'settings', on, name } as const;
  if (differing.length === 0) return [work('unchanged', thing, [])];
  const needed = needs(on, owner, user);
  const reserved = await forSuperusers(
    session,
    user,
    differing.map(([setting]) => setting),
  );
  const statements = differing.map(([setting, value]) =>
    statement(
      `ALTER ${on.toUpperCase()} ${escapeIdentifier(name)} SET ${setting.split('.').map(escapeIdentifier).join('.')} ` +
        `TO ${valueSql(setting, value)}`,
      reserved.has(setting.toLowerCase()) ? [...needed, { attribute: 'SUPERUSER', for: `to set ${setting}` }] : needed,
    ),
  );
  const detail = differing.map(
    ([setting, value]) => `${setting}: ${held.get(setting.toLowerCase()) ?? 'not set'} -> ${value}`,
  );
  return [work(held.size === 0 ? 'create' : 'update', thing, statements, detail)];
}

interface Declared {
  readonly name: string;
  readonly owner: string;
  readonly settings: Readonly<Record<string, string>>;
}

function needs(on: 'role' | 'database', owner: string, user: User): readonly Need[] {
  if (on === 'database') return [{ role: owner, standing: 'rights' }];
  // Whoever it is, a role may set its own.
  if (owner === user.name) return [];
  return [
    { attribute: 'CREATEROLE', for: `to alter role ${owner}` },
    { role: owner, standing: 'admin' },
  ];
}

/**
 * Those of the settings that this user may not give, in lower case: superusers alone may give some of the server's, and all
 * that the server does not know (`app.tenant`). Since version 15 the right to one can be granted.
 */
async function forSuperusers(session: Session, user: User, settings: readonly string[]): Promise<ReadonlySet<string>> {
  if (isSuperuser(user)) return new Set();
  const granted = user.version >= 150_000 ? `has_parameter_privilege(wanted, 'SET')` : 'false';
  const rows = await session.query<{ name: string }>(
    `SELECT wanted AS name FROM unnest($1::text[]) AS wanted
      WHERE NOT ${granted} AND NOT EXISTS (SELECT FROM pg_settings
              WHERE lower(name) = wanted AND context NOT IN ('superuser', 'superuser-backend'))`,
    [settings.map((setting) => setting.toLowerCase())],
  );
  return new Set(rows.map(({ name }) => name));
}

function splitOnce(setting: string): [string, string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at).toLowerCase(), setting.slice(at + 1)];
}

function isSame(setting: string, held: string | undefined, wanted: string): boolean {
  if (held === undefined) return false;
  return LISTS.includes(setting.toLowerCase()) ? items(held).join() === items(wanted).join() : held === wanted;
}

function valueSql(setting: string, value: string): string {
  return LISTS.includes(setting.toLowerCase()) ? items(value).map(escapeLiteral).join(', ') : escapeLiteral(value);
}

function items(list: string): readonly string[] {
  return list.split(',').map((item) => item.trim().replace(/^"(.*)"$/, '$1'));
}
