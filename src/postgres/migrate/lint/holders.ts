import { escapeIdentifier } from 'pg';
import type { Session } from '../../session.ts';
import type { Hazard } from './hazards.ts';

/** A hazard with the names that what it is about may have in the database as it is now. */
export interface Felt {
  readonly hazard: Hazard;
  readonly names: readonly (readonly string[])[];
  readonly anywhere: boolean;
}

/** A table, its name as a text that the server reads as one. */
export interface Holder {
  readonly name: string;
  readonly oid: string;
}

/** Tables behind each hazard; looked up as the session's role would. @throws WindlassFailure as `Session` does. */
export async function holdersOf(session: Session, felt: readonly Felt[]): Promise<readonly (readonly Holder[])[]> {
  if (felt.length === 0) return [];
  return holdersIn(felt, await session.query<HolderRow>(HOLDERS, [holdersAsked(felt)]));
}

/** The parameter of `HOLDERS`. */
export function holdersAsked(felt: readonly Felt[]): string {
  const asked = felt.flatMap(({ hazard: { on }, names, anywhere }, n) =>
    names.map((of) => ({
      n,
      on,
      name: of.slice(-2).map(escapeIdentifier).join('.'),
      bare: of.at(-1) ?? '',
      anywhere: anywhere && of.length === 1,
    })),
  );
  return JSON.stringify(asked);
}

/** A row of `HOLDERS`. */
export type HolderRow = Holder & Readonly<{ n: number }> & Record<string, unknown>;

/** Tables behind each hazard, from the answers to `HOLDERS`. */
export function holdersIn(felt: readonly Felt[], rows: readonly HolderRow[]): readonly (readonly Holder[])[] {
  const found: Holder[][] = felt.map(() => []);
  for (const { n, name, oid } of rows) found[n]?.push({ name, oid });
  return found;
}

/** Asked with what `holdersAsked` says. */
export const HOLDERS = `
  WITH wanted AS (
    SELECT * FROM jsonb_to_recordset($1) AS (n int, "on" text, name text, bare text, anywhere boolean)
  ), named AS (
    SELECT n, c.oid FROM wanted w JOIN pg_class c ON c.oid = to_regclass(w.name) OR (w.anywhere AND c.relname = w.bare)
     WHERE "on" = 'relation'
     UNION
    SELECT n, a.attrelid FROM wanted w JOIN pg_attribute a ON a.atttypid = to_regtype(w.name) AND NOT a.attisdropped
     WHERE "on" = 'domain'
     UNION
    SELECT n, c.oid FROM wanted w JOIN pg_namespace s ON w."on" = 'database' OR s.nspname = w.bare
      JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'm') WHERE "on" IN ('schema', 'database')
     UNION
    SELECT n, i.indrelid FROM wanted w JOIN pg_index i ON i.indisclustered WHERE "on" = 'clustered'
  )
  SELECT DISTINCT n, format('%I.%I', s.nspname, c.relname) AS name, c.oid::text AS oid
    FROM named LEFT JOIN pg_index i ON i.indexrelid = named.oid
    JOIN pg_class c ON c.oid = COALESCE(i.indrelid, named.oid) JOIN pg_namespace s ON s.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND s.nspname !~ '^pg_' AND s.nspname NOT IN ('information_schema', 'windlass')
   ORDER BY n, name`;
