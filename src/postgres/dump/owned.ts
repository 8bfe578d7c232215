import { escapeIdentifier, escapeLiteral } from 'pg';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Session } from '../session.ts';
import { quieten } from './quiet.ts';
import { markOf, namesOfStep, parseMark, sentinelSchema, type DrillRun, type Mark } from './names.ts';
import type { DatabaseContent, Planted } from './written.ts';

const SCHEMAS = `
  SELECT n.nspname AS name, obj_description(n.oid, 'pg_namespace') AS comment
    FROM pg_namespace n WHERE starts_with(n.nspname, $1) ORDER BY n.nspname`;

/** A schema that a drill made, by its mark. */
export interface OwnedSchema {
  readonly name: string;
  readonly mark: Mark;
}

/** The schemas that runs of this step made in this database. @throws WindlassFailure as `Session` does. */
export async function schemasOfStep(session: Session, drill: DrillRun): Promise<readonly OwnedSchema[]> {
  const rows = await session.query<{ name: string; comment: string | null }>(SCHEMAS, [namesOfStep(drill)]);
  return rows.flatMap(({ name, comment }) => {
    const mark = parseMark(comment);
    return mark === null ? [] : [{ name, mark }];
  });
}

/**
 * Makes the schema with its mark and the row, all at once, or finds the schema from an earlier attempt, which may have a row of its own.
 *
 * @throws WindlassFailure `TargetBusy` when there is a schema of that name that no drill made.
 */
export async function plantSentinel(session: Session, drill: DrillRun, nonce: string): Promise<Planted> {
  const name = sentinelSchema(drill);
  const schema = escapeIdentifier(name);
  const known = await session.query<{ comment: string | null }>(SCHEMAS, [name]);
  if (known.some(({ comment }) => parseMark(comment) === null)) throw foreign(`schema ${name}`);
  await quieten(session);
  await session.transaction('READ WRITE', async () => {
    if (known.length === 0) {
      await session.script(`
        CREATE SCHEMA ${schema};
        COMMENT ON SCHEMA ${schema} IS ${escapeLiteral(markOf(drill))};
        CREATE TABLE ${schema}.sentinel (nonce text PRIMARY KEY)`);
    }
    // The same attempt may have planted it before its connection was lost.
    await session.query(`INSERT INTO ${schema}.sentinel VALUES ($1) ON CONFLICT DO NOTHING`, [nonce]);
  });
  return { schema: name, nonce };
}

/** Whether the row is there, as planted. @throws WindlassFailure as `Session` does. */
export async function sentinelHolds(session: Session, { schema, nonce }: Planted): Promise<boolean> {
  const table = `${escapeIdentifier(schema)}.sentinel`;
  const [there] = await session.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  if (there?.there !== true) return false;
  const rows = await session.query<{ nonce: string }>(`SELECT nonce FROM ${table}`);
  return rows.some((row) => row.nonce === nonce);
}

/** A content without all that `plantSentinel` makes, by the names of `DatabaseContent`. */
export function withoutSentinel(content: DatabaseContent, schema: string): DatabaseContent {
  const table = `${schema}.sentinel`;
  const made = new Set([`schema ${schema}`, `index ${table}_pkey`, `constraint sentinel_pkey on ${table}`]);
  return {
    ...content,
    tables: Object.fromEntries(Object.entries(content.tables).filter(([name]) => name !== table)),
    objects: content.objects.filter((name) => !made.has(name)),
  };
}

/**
 * Writes into the mark where the dump will be, before any of it is there.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function noteDump(session: Session, mark: Mark): Promise<void> {
  const schema = escapeIdentifier(sentinelSchema(mark));
  await quieten(session);
  await session.transaction('READ WRITE', () =>
    session.script(`COMMENT ON SCHEMA ${schema} IS ${escapeLiteral(markOf(mark))}`),
  );
}

/**
 * Not CASCADE: what somebody else put in there, or built upon it, is not ours to drop.
 *
 * @throws WindlassFailure as `Session` does: `SqlFailed` when something else is in the schema.
 */
export async function dropSchema(session: Session, { name }: OwnedSchema): Promise<void> {
  const schema = escapeIdentifier(name);
  await quieten(session);
  await session.transaction('READ WRITE', () =>
    session.script(`DROP TABLE IF EXISTS ${schema}.sentinel; DROP SCHEMA IF EXISTS ${schema}`),
  );
}

export function foreign(what: string): WindlassFailure {
  return new WindlassFailure('TargetBusy', 'There is one of that name that no drill made.', {
    object: what,
    next: 'Find out what it is; a drill never touches it. Rename or drop it, then retry the step.',
    retryable: false,
  });
}
