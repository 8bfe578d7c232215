import type { DatabaseContent, TableContent } from './written.ts';
import type { Session } from '../session.ts';
import {
  EVENT_TRIGGERS,
  LARGE_OBJECTS,
  NOT_COMPARED,
  OBJECTS,
  RELATIONS,
  sequenceQuery,
  SET_ALL,
  SET_ALL_VALUES,
  tableQuery,
} from './catalog.ts';

/** Large objects are compared as if they were one table. */
const LARGE = 'large objects';

/** A table or sequence as the catalog has it. */
export interface Relation {
  /** Qualified and quoted. */
  readonly name: string;
  /** As in `pg_class.relkind`. */
  readonly kind: string;
  readonly columns: readonly string[];
  /** Columns with their types. */
  readonly described: string;
  /** Of a sequence. */
  readonly increment: string | null;
  /** The table as whose rows those of a hash partition are compared. */
  readonly hashed: string | null;
}

/** How a database is looked at: as it was when it was recorded. */
type Form = DatabaseContent['form'];

/**
 * Makes the rows of this transaction have the same text whatever server, user and database say.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function settle(session: Session): Promise<void> {
  await session.query(SET_ALL, SET_ALL_VALUES);
}

/**
 * The tables and sequences that people made in the database.
 *
 * @param sentinel the schema of the drill's own sentinel; those of other drills are not looked at.
 * @throws WindlassFailure as `Session` does.
 */
export async function relationsOf(session: Session, sentinel: string): Promise<readonly Relation[]> {
  return session.query<Relation & Record<string, unknown>>(RELATIONS, [sentinel]);
}

/**
 * What else people made in the database, each thing as one line, to see that all of it came back.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function objectsOf(session: Session, sentinel: string, form: Form): Promise<string[]> {
  const named = await session.query<{ object: string }>(OBJECTS, [sentinel]);
  const triggers = form === 1 ? [] : await session.query<{ object: string }>(EVENT_TRIGGERS);
  return [...named, ...triggers].map(({ object }) => object);
}

/** What a dump of the database cannot or need not bring back as it is, in words. @throws WindlassFailure as `Session` does. */
export async function notCompared(session: Session, sentinel: string): Promise<string[]> {
  const rows = await session.query<{ words: string }>(NOT_COMPARED, [sentinel]);
  return rows.map(({ words }) => words);
}

/**
 * Counts and sums the rows of every table, one after the other, on the server.
 *
 * @throws WindlassFailure as `Session` does. What `done` throws.
 */
export async function tablesOf(
  session: Session,
  relations: readonly Relation[],
  form: Form,
  done: (table: string, rows: number) => void,
): Promise<DatabaseContent['tables']> {
  const tables = new Map<string, TableContent>();
  for (const { name, columns, described, kind, hashed } of relations) {
    if (kind === 'S') continue;
    const whole = form === 1 ? null : hashed;
    const own = kind === 'r' ? await summed(session, tableQuery(name, columns, form === 1 ? 'UTF8' : 'own')) : NO_ROWS;
    // A partition may come before the table that it is a part of.
    const before = tables.get(name) ?? NO_ROWS;
    tables.set(name, { ...(whole === null ? together(before, own) : NO_ROWS), columns: described });
    if (whole !== null) tables.set(whole, { columns: '', ...tables.get(whole), ...together(tables.get(whole), own) });
    done(name, own.rows ?? 0);
  }
  const large = await summed(session, LARGE_OBJECTS);
  if (large.rows > 0) tables.set(LARGE, { ...large, columns: '' });
  return Object.fromEntries(tables);
}

type Rows = Pick<TableContent, 'rows' | 'checksum'>;
const NO_ROWS: Rows = { rows: null, checksum: null };

/** Sums of rows can be added up. */
function together(a: Rows = NO_ROWS, b: Rows): Rows {
  if (a.rows === null || b.rows === null)
    return a.rows === null ? { rows: b.rows, checksum: b.checksum } : { rows: a.rows, checksum: a.checksum };
  return { rows: a.rows + b.rows, checksum: String(BigInt(a.checksum ?? 0) + BigInt(b.checksum ?? 0)) };
}

async function summed(session: Session, query: string): Promise<{ readonly rows: number; readonly checksum: string }> {
  const [row] = await session.query<{ rows: string; checksum: string }>(query);
  return { rows: Number(row?.rows), checksum: row?.checksum ?? '' };
}

/** The next value of each sequence, by name. @throws WindlassFailure as `Session` does. */
export async function sequencesOf(
  session: Session,
  relations: readonly Relation[],
): Promise<Readonly<Record<string, string>>> {
  const values: [string, string][] = [];
  for (const { name, kind, increment } of relations) {
    if (kind !== 'S') continue;
    const [row] = await session.query<{ next: string }>(sequenceQuery(name, increment ?? '1'));
    values.push([name, row?.next ?? '']);
  }
  return Object.fromEntries(values);
}
