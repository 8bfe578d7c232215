import { escapeIdentifier } from 'pg';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Session } from '../session.ts';
import type { Rights } from './user.ts';
import { statement, work, type Need, type Statement, type Work } from './work.ts';

interface Existing {
  readonly name: string;
  readonly size: string | null;
  readonly ours: boolean;
  readonly owner: string;
}

/** The size is asked for only where this user may know it. */
const EXISTING = `
  SELECT datname AS name, datname = current_database() AS ours, pg_get_userbyid(datdba) AS owner,
         CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_size_pretty(pg_database_size(oid)) END AS size
    FROM pg_database WHERE datname = ANY ($1)`;

/** @throws WindlassFailure `ExpectationFailed` for the database of the connection itself. */
export async function absentWork(session: Session, rights: Rights, names: readonly string[]): Promise<readonly Work[]> {
  if (names.length === 0) return [];
  const rows = await session.query<Existing & Record<string, unknown>>(EXISTING, [names]);
  const found: Work[] = [];
  for (const name of names) {
    const thing = { type: 'no-database', database: name } as const;
    const row = rows.find((one) => one.name === name);
    if (row?.ours === true) throw ownDatabase(`database ${name}`);
    if (row === undefined) {
      found.push(work('unchanged', thing, [], ['is not there']));
      continue;
    }
    const gone = work('delete', thing, await dropped(rights, name, row.owner));
    const users = await usersOf(session, name);
    const seen = [row.size ?? 'of unknown size', ...(users === null ? [] : [`in use by ${users}`])].join(', ');
    found.push({ ...gone, change: { ...gone.change, observed: seen }, unused: name });
  }
  return found;
}

/** Like CREATE DATABASE, it runs in no transaction: where the owner's rights are lent, it is first taken over, and given back if it stays. */
async function dropped(rights: Rights, name: string, owner: string): Promise<readonly Statement[]> {
  const database = escapeIdentifier(name);
  const ofOwner: Need = { role: owner, standing: 'rights' };
  if ((await rights.meets(ofOwner)) !== 'lent') return [statement(`DROP DATABASE ${database}`, [ofOwner])];
  const takeOver: Need = { attribute: 'CREATEDB', for: `to take database ${name} over` };
  const giveBack = statement(`ALTER DATABASE ${database} OWNER TO ${escapeIdentifier(owner)}`, [
    { role: owner, standing: 'member' },
  ]);
  const taken = statement(`ALTER DATABASE ${database} OWNER TO ${escapeIdentifier(rights.user.name)}`, [
    takeOver,
    ofOwner,
  ]);
  return [{ ...taken, undo: giveBack }, statement(`DROP DATABASE ${database}`, [])];
}

/** Who is connected to a database, in words; null when nobody is. @throws WindlassFailure as `Session` does. */
export async function usersOf(session: Session, database: string): Promise<string | null> {
  const rows = await session.query<{ who: string }>(
    `SELECT format('pid %s, user %s%s', pid, usename, ', ' || NULLIF(application_name, '')) AS who
       FROM pg_stat_activity WHERE datname = $1 AND backend_type IS DISTINCT FROM 'autovacuum worker' AND pid <> pg_backend_pid() ORDER BY backend_start LIMIT 10`,
    [database],
  );
  return rows.length === 0 ? null : rows.map(({ who }) => who).join('; ');
}

function ownDatabase(what: string): WindlassFailure {
  return new WindlassFailure('ExpectationFailed', 'The database that is to be dropped is that of the connection.', {
    object: what,
    next: 'Let the URL of the target name another database, such as postgres.',
  });
}
