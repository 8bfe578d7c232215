import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Session } from '../session.ts';
import { copySettings, type RefusedSetting } from './copy-settings.ts';
import { markOf, namesOfStep, parseMark, type DrillRun } from './names.ts';
import { foreign } from './owned.ts';

/** What a new database must be like to hold the same data, as `pg_database` has it; columns differ by version. */
interface Likeness {
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `c`, `i` or `b`; null before 15. */
  readonly provider: string | null;
  readonly locale: string | null;
  readonly rules: string | null;
}

const LIKENESS = `
  SELECT pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
         j->>'datlocprovider' AS provider, coalesce(j->>'datlocale', j->>'daticulocale') AS locale,
         j->>'daticurules' AS rules
    FROM pg_database d CROSS JOIN LATERAL (SELECT to_jsonb(d) AS j) json WHERE d.datname = $1`;

/** What a database is like while it is made: nobody can have been in it. */
const UNFINISHED = 'ALLOW_CONNECTIONS false CONNECTION LIMIT 0';

const DATABASES = `
  SELECT d.datname AS name, shobj_description(d.oid, 'pg_database') AS comment,
         NOT d.datallowconn AND d.datconnlimit = 0 AND pg_get_userbyid(d.datdba) = current_user AS unfinished
    FROM pg_database d WHERE starts_with(d.datname, $1) ORDER BY d.datname`;

interface Found {
  readonly name: string;
  readonly comment: string | null;
  readonly unfinished: boolean;
}

/**
 * Makes an empty database like another one, anew when there is one from an earlier attempt. It is marked before anybody
 * can enter it, and only the user of this session and superusers ever can: it will hold what the other one holds.
 *
 * @returns the settings of the other one that the user may not give it.
 * @throws WindlassFailure `TargetBusy` for a database of that name that no drill made.
 */
export async function makeScratch(
  session: Session,
  name: string,
  like: string,
  drill: DrillRun,
): Promise<readonly RefusedSetting[]> {
  if ((await dropScratch(session, name)) === 'foreign') throw foreign(`database ${name}`);
  await makeDatabaseLike(session, name, like, markOf(drill));
  return copySettings(session, like, name);
}

/**
 * Makes an empty database like another one, with a comment on it before anybody can enter.
 *
 * @throws WindlassFailure as `Session` does: `SqlFailed` when there is one of that name. One that was begun is left,
 *   unfinished.
 */
export async function makeDatabaseLike(session: Session, name: string, like: string, comment: string): Promise<void> {
  const database = escapeIdentifier(name);
  const [likeness] = await session.query<Likeness & Record<string, unknown>>(LIKENESS, [like]);
  const options = likeness === undefined ? '' : optionsOf(likeness);
  await session.script(`CREATE DATABASE ${database} TEMPLATE template0 ${options} ${UNFINISHED}`);
  await session.script(`COMMENT ON DATABASE ${database} IS ${escapeLiteral(comment)}`);
  await session.script(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
  await session.script(`ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS true CONNECTION LIMIT -1`);
}

/** Drops the database of that name if a drill made it. @throws WindlassFailure as `Session` does. */
export async function dropScratch(session: Session, name: string): Promise<'gone' | 'foreign'> {
  const found = await session.query<Found & Record<string, unknown>>(DATABASES, [name]);
  const same = found.find((database) => database.name === name);
  if (same === undefined) return 'gone';
  if (!isOurs(same)) return 'foreign';
  await dropDatabase(session, name);
  return 'gone';
}

/** Drops what other runs of the same step made. @throws WindlassFailure as `Session` does. */
export async function sweepScratch(session: Session, drill: DrillRun): Promise<void> {
  const own = `${namesOfStep(drill)}${drill.run}_`;
  for (const found of await session.query<Found & Record<string, unknown>>(DATABASES, [namesOfStep(drill)]))
    if (isOurs(found) && !found.name.startsWith(own)) await dropDatabase(session, found.name);
}

function isOurs({ comment, unfinished }: Found): boolean {
  return parseMark(comment) !== null || (comment === null && unfinished);
}

/**
 * Whoever is still connected to it, the pg_restore of a worker that was killed for one, is thrown out.
 *
 * @throws WindlassFailure as `Session` does: `TargetBusy` when it is in use again, as before PostgreSQL 13.
 */
export async function dropDatabase(session: Session, name: string): Promise<void> {
  const [server] = await session.query<{ forces: boolean }>(
    "SELECT current_setting('server_version_num')::int >= 130000 AS forces",
  );
  if (server?.forces !== true)
    await session.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  const force = server?.forces === true ? ' WITH (FORCE)' : '';
  await session.script(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)}${force}`);
}

function optionsOf({ encoding, collate, ctype, provider, locale, rules }: Likeness): string {
  const of = (option: string, value: string | null): string[] =>
    value === null ? [] : [`${option} ${escapeLiteral(value)}`];
  return [
    ...of('ENCODING', encoding),
    ...of('LC_COLLATE', collate),
    ...of('LC_CTYPE', ctype),
    ...(provider === 'i' ? ['LOCALE_PROVIDER icu', ...of('ICU_LOCALE', locale), ...of('ICU_RULES', rules)] : []),
    ...(provider === 'b' ? ['LOCALE_PROVIDER builtin', ...of('BUILTIN_LOCALE', locale)] : []),
  ].join(' ');
}
