import { seenUnless, type DatabaseServerFacts, type HbaRule, type RoleFacts, type Seen } from '../domain/audit.ts';
import type { EngineContext } from '../domain/step-engine.ts';
import { serverName, type PostgresConnection } from './connection.ts';
import { applicationName, withSession, type Session } from './session.ts';

/** Roles of the server itself, such as `pg_monitor`, log nobody in. */
const ROLES = `SELECT rolname::text AS name, rolsuper AS superuser, rolcanlogin AS login, oid = 10 AS bootstrap,
    rolconnlimit AS "connectionLimit",
    CASE WHEN isfinite(rolvaliduntil) THEN to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END AS "validUntil"
  FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY rolname`;
const DATABASES = `SELECT datname::text AS name, pg_get_userbyid(datdba)::text AS owner
  FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname`;
const PUBLIC_CREATE = `SELECT EXISTS (
    SELECT FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    WHERE n.nspname = 'public' AND a.grantee = 0 AND a.privilege_type = 'CREATE') AS open`;
/** A line that does not read is in force no more than one that is not there. */
const HBA = `SELECT line_number AS line, type, database AS databases, user_name AS users,
    address || coalesce('/' || netmask, '') AS address, auth_method AS method
  FROM pg_hba_file_rules WHERE error IS NULL ORDER BY line_number`;

const REFUSED = ['AccessDenied'] as const;

/**
 * What an audit looks at on a server, in read-only transactions. What may not be read is told as unseen.
 *
 * @throws WindlassFailure as `withSession` does for the database of the URL; `signal.reason` once it aborts.
 */
export async function readServerFacts(
  connection: PostgresConnection,
  context: Pick<EngineContext, 'signal' | 'owner'>,
): Promise<DatabaseServerFacts> {
  const options = { application: applicationName(context), signal: context.signal };
  const { names, ...rest } = await withSession(connection, options, async (session) => ({
    roles: await seenUnless(REFUSED, rowsOf<RoleFacts>(session, ROLES)),
    names: await seenUnless(REFUSED, rowsOf<{ name: string; owner: string }>(session, DATABASES)),
    hba: await seenUnless(REFUSED, rowsOf<HbaRule>(session, HBA)),
  }));
  const server = serverName(connection);
  if ('unseen' in names) return { server, ...rest, databases: names };
  const databases: { name: string; owner: string; publicCreate: Seen<boolean> }[] = [];
  for (const database of names.value) {
    const asked = withSession(connection, { ...options, database: database.name }, async (session) => {
      const [row] = await rowsOf<{ open: boolean }>(session, PUBLIC_CREATE);
      return row?.open ?? false;
    });
    databases.push({ ...database, publicCreate: await seenUnless(REFUSED, asked) });
  }
  return { server, ...rest, databases: { value: databases } };
}

function rowsOf<Row extends object>(session: Session, query: string): Promise<readonly Row[]> {
  return session.transaction('READ ONLY', () => session.query<Row>(query));
}
