import type { DatabaseContent, TableContent } from './written.ts';
import type { Session } from '../session.ts';
import { LARGE_OBJECTS, OBJECTS, RELATIONS, sequenceQuery, SET_ALL, SET_ALL_VALUES, tableQuery } from './catalog.ts';

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
}

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
export async function objectsOf(session: Session, sentinel: string): Promise<string[]> {
  const rows = await session.query<{ object: string }>(OBJECTS, [sentinel]);
  return rows.map(({ object }) => object);
}

/**
 * Counts and sums the rows of every table, one after the other, on the server.
 *
 * @throws WindlassFailure as `Session` does. What `done` throws.
 */
export async function tablesOf(
  session: Session,
  relations: readonly Relation[],
  done: (table: string, rows: number) => void,
): Promise<DatabaseContent['tables']> {
  const tables: [string, TableContent][] = [];
  for (const { name, kind, columns, described } of relations) {
    if (kind === 'S') continue;
    const own = kind === 'r' ? await summed(session, tableQuery(name, columns)) : { rows: null, checksum: null };
    tables.push([name, { ...own, columns: described }]);
    done(name, own.rows ?? 0);
  }
  const large = await summed(session, LARGE_OBJECTS);
  if (large.rows > 0) tables.push([LARGE, { ...large, columns: '' }]);
  return Object.fromEntries(tables);
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
