import { escapeIdentifier, escapeLiteral } from 'pg';
import { WindlassFailure } from '../../domain/failure.ts';
import type { PostgresProvisionSpec } from '../../domain/kinds/postgres-provision.ts';
import type { Session } from '../session.ts';
import { type Rights } from './user.ts';
import { statement, work, type Need, type Statement, type Work } from './work.ts';

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
export async function databaseWork(
  session: Session,
  rights: Rights,
  databases: readonly Database[],
): Promise<readonly Work[]> {
  const rows = await session.query<Existing & Record<string, unknown>>(DATABASES, [
    databases.map(({ name }) => name),
    databases.map(({ encoding }) => encoding),
  ]);
  const existing = new Map(rows.map((row) => [row.name, row]));
  const templates = await ownersOfTemplates(session, databases);
  return Promise.all(
    databases.map(async (database) => {
      const was = existing.get(database.name);
      if (was !== undefined) return altered(database, was);
      return created(database, rights, templates.get(database.template));
    }),
  );
}

/** Owners of the templates that are none for everybody: they alone may copy them. */
async function ownersOfTemplates(
  session: Session,
  databases: readonly Database[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ name: string; owner: string }>(
    `SELECT datname AS name, pg_get_userbyid(datdba) AS owner FROM pg_database
      WHERE NOT datistemplate AND datname = ANY ($1)`,
    [databases.map(({ template }) => template)],
  );
  return new Map(rows.map(({ name, owner }) => [name, owner]));
}

/** From template0 unless said otherwise: template1 may be in use, hold things of others, and has but one encoding. */
async function created(
  { name, owner, encoding, locale, template, connectionLimit }: Database,
  rights: Rights,
  templateOwner: string | undefined,
): Promise<Work> {
  const member: Need = { role: owner, standing: 'member' };
  // No transaction holds CREATE DATABASE, and so no membership that is lent: it is made first and given away afterwards.
  const handedOver = (await rights.meets(member)) === 'lent';
  const madeFor = handedOver ? rights.user.name : owner;
  const sql =
    `CREATE DATABASE ${escapeIdentifier(name)} OWNER ${escapeIdentifier(madeFor)} ENCODING ${escapeLiteral(encoding)} ` +
    (locale === undefined ? '' : `LC_COLLATE ${escapeLiteral(locale)} LC_CTYPE ${escapeLiteral(locale)} `) +
    `TEMPLATE ${escapeIdentifier(template)} CONNECTION LIMIT ${connectionLimit}`;
  const detail = [
    `owner ${owner}`,
    `encoding ${encoding}`,
    ...(locale === undefined ? [] : [`locale ${locale}`]),
    ...(template === 'template0' ? [] : [`from template ${template}`]),
    ...(connectionLimit < 0 ? [] : [`connection limit ${connectionLimit}`]),
  ];
  const needs: readonly Need[] = [
    { attribute: 'CREATEDB', for: `to make database ${name}` },
    ...(handedOver ? [] : [member]),
    // It cannot be lent either: whoever copies a template must own it.
    ...(templateOwner === undefined ? [] : [{ role: templateOwner, standing: 'rights', lendable: false } as const]),
  ];
  const statements = [
    statement(sql, needs),
    ...(handedOver
      ? [statement(`ALTER DATABASE ${escapeIdentifier(name)} OWNER TO ${escapeIdentifier(owner)}`, [member])]
      : []),
  ];
  const made = work('create', { type: 'database', database: name }, statements, detail);
  return template === 'template0' ? made : { ...made, unused: template };
}

function altered({ name, owner, encoding, locale, connectionLimit }: Database, was: Existing): Work {
  if (!was.encodingHolds) throw fixed(name, 'encoding', was.encoding, encoding);
  if (locale !== undefined && locale !== was.locale) throw fixed(name, 'locale', was.locale, locale);
  const database = escapeIdentifier(name);
  const sql: Statement[] = [];
  const drift: string[] = [];
  if (was.owner !== owner) {
    const needs: readonly Need[] = [
      { attribute: 'CREATEDB', for: `to give database ${name} to ${owner}` },
      { role: was.owner, standing: 'rights' },
      { role: owner, standing: 'member' },
    ];
    sql.push(statement(`ALTER DATABASE ${database} OWNER TO ${escapeIdentifier(owner)}`, needs));
    drift.push(`owner: ${was.owner} -> ${owner}`);
  }
  if (was.connectionLimit !== connectionLimit) {
    const needs: readonly Need[] = [{ role: owner, standing: 'rights' }];
    sql.push(statement(`ALTER DATABASE ${database} CONNECTION LIMIT ${connectionLimit}`, needs));
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
