import { WindlassFailure } from '../../domain/failure.ts';
import type { Session } from '../session.ts';
import type { DumpSettings } from './settings.ts';
import { toolsFor, type DumpTools } from './tools.ts';

/** What a drill needs to know of a server before it touches anything. */
interface Standing {
  readonly major: number;
  readonly creates: boolean;
  readonly makesDatabases: boolean;
  readonly standby: boolean;
  readonly unreadable: readonly string[];
  readonly user: string;
}

const NAMED = 5;

const STANDING = `
  SELECT current_setting('server_version_num')::int / 10000 AS major, current_user AS user,
         has_database_privilege(current_database(), 'CREATE') AS creates,
         r.rolsuper OR r.rolcreatedb AS "makesDatabases", pg_is_in_recovery() AS standby,
         ARRAY(SELECT format('%I.%I', n.nspname, c.relname)
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
                  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
                  AND NOT (has_schema_privilege(n.oid, 'USAGE') AND CASE c.relkind
                           WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT')
                           ELSE has_table_privilege(c.oid, 'SELECT') END)
                ORDER BY 1) AS unreadable
    FROM pg_roles r WHERE r.rolname = current_user`;

/**
 * Finds the tools for the server, and what the user may not do.
 *
 * @throws WindlassFailure `ToolMissing`; `AccessDenied` with every right that is missing.
 */
export async function preflight(session: Session, database: string, settings: DumpSettings): Promise<DumpTools> {
  const [standing] = await session.query<Standing & Record<string, unknown>>(STANDING);
  if (standing === undefined) throw new TypeError('the role of the session is not in pg_roles');
  const lacks = [
    ...(standing.standby ? ['a server that can be written (this one is a standby)'] : []),
    ...(standing.creates ? [] : [`CREATE on database ${database}, for the schema of the sentinel`]),
    ...(standing.makesDatabases ? [] : ['CREATEDB, for the database that is restored into']),
    ...standing.unreadable.slice(0, NAMED).map((name) => `SELECT on ${name}`),
    ...(standing.unreadable.length > NAMED ? [`and ${String(standing.unreadable.length - NAMED)} more`] : []),
  ];
  if (lacks.length > 0) {
    throw new WindlassFailure(
      'AccessDenied',
      `User ${standing.user} cannot drill the database; it lacks ${lacks.join('; ')}.`,
      {
        object: `database ${database}`,
        next: 'Grant what is missing, or let the target connect as another user; nothing was touched.',
        facts: { lacks },
      },
    );
  }
  return toolsFor(standing.major, settings);
}
