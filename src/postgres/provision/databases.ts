import { escapeIdentifier, escapeLiteral } from 'pg';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { Session } from '../session.ts';
import { work, type Work } from './work.ts';

type Database = PostgresProvisionSpec['databases'][number];

const DATABASES = `
  SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
         d.encoding = pg_char_to_encoding(wanted.encoding) AS "encodingHolds", d.datcollate AS locale,
         d.datconnlimit AS "connectionLimit"
    FROM unnest($1::text[], $2::text[]) AS wanted (name, encoding) JOIN pg_database d ON d.datname = wanted.name`;

interface Existing {
  readonly name: string;
  readonly owner: string;
  readonly encoding: string;
  readonly encodingHolds: boolean;
  readonly locale: string;
  readonly connectionLimit: number;
}

/** @throws WindlassFailure `ExpectationFailed` for another encoding, which no server can change in place. */
export async function databaseWork(session: Session, databases: readonly Database[]): Promise<readonly Work[]> {
  const rows = await session.query<Existing & Record<string, unknown>>(DATABASES, [
    databases.map(({ name }) => name),
    databases.map(({ encoding }) => encoding),
  ]);
  const existing = new Map(rows.map((row) => [row.name, row]));
  return databases.map((database) => {
    const was = existing.get(database.name);
    return was === undefined ? created(database) : altered(database, was);
  });
}

/** From template0 unless said otherwise: template1 may be in use, hold things of others, and has but one encoding. */
function created({ name, owner, encoding, locale, template, connectionLimit }: Database): Work {
  const sql =
    `CREATE DATABASE ${escapeIdentifier(name)} OWNER ${escapeIdentifier(owner)} ENCODING ${escapeLiteral(encoding)} ` +
    (locale === undefined ? '' : `LC_COLLATE ${escapeLiteral(locale)} LC_CTYPE ${escapeLiteral(locale)} `) +
    `TEMPLATE ${escapeIdentifier(template)} CONNECTION LIMIT ${connectionLimit}`;
  const detail = [
    `owner ${owner}`,
    `encoding ${encoding}`,
    ...(locale === undefined ? [] : [`locale ${locale}`]),
    ...(template === 'template0' ? [] : [`from template ${template}`]),
    ...(connectionLimit < 0 ? [] : [`connection limit ${connectionLimit}`]),
  ];
  const made = work('create', { type: 'database', database: name }, [sql], detail);
  return template === 'template0' ? made : { ...made, unused: template };
}

function altered({ name, owner, encoding, locale, connectionLimit }: Database, was: Existing): Work {
  if (!was.encodingHolds) throw fixed(name, 'encoding', was.encoding, encoding);
  if (locale !== undefined && locale !== was.locale) throw fixed(name, 'locale', was.locale, locale);
  const database = escapeIdentifier(name);
  const sql: string[] = [];
  const drift: string[] = [];
  if (was.owner !== owner) {
    sql.push(`ALTER DATABASE ${database} OWNER TO ${escapeIdentifier(owner)}`);
    drift.push(`owner: ${was.owner} -> ${owner}`);
  }
  if (was.connectionLimit !== connectionLimit) {
    sql.push(`ALTER DATABASE ${database} CONNECTION LIMIT ${connectionLimit}`);
    drift.push(`connection limit: ${was.connectionLimit} -> ${connectionLimit}`);
  }
  return work(sql.length === 0 ? 'unchanged' : 'update', { type: 'database', database: name }, sql, drift);
}

function fixed(name: string, what: string, was: string, wanted: string): WindlassFailure {
  return new WindlassFailure(
    'ExpectationFailed',
    `Database ${name} has the ${what} ${was}, and ${wanted} is asked for, which cannot be changed in place.`,
    {
      object: `database ${name}`,
      next: `Declare ${what} ${was}, or dump the database and restore it into a new one.`,
    },
  );
}
