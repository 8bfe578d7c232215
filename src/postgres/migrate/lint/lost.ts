import type { Change } from '../../../domain/change.ts';
import type { Position } from '../../sql/position.ts';
import type { RowCounts } from './rows.ts';
import type { Selection } from './selection.ts';

/** Something of the database as it is now that a statement takes away. Names are as the server reads them. */
export interface Lost {
  readonly at: Position;
  readonly verb: string;
  readonly table: string;
  /** Of the table in the database that was looked at, and of the column where it is about one. */
  readonly oid: string;
  readonly attnum: number | null;
  /** `m` for a materialized view, as pg_class says it. */
  readonly kind: string;
  /** Only these of its rows, or those that refer to them; absent for all. */
  readonly some?: Selection;
  readonly takes:
    | { readonly what: 'table' | 'rows' }
    | { readonly what: 'column'; readonly column: string }
    | { readonly what: 'attribute'; readonly column: string; readonly attribute: string }
    | { readonly what: 'values'; readonly column: string; readonly casts: readonly string[] | null }
    | { readonly what: 'partition'; readonly from: string };
}

/**
 * One destructive change; null when there are no rows, or no values that would be lost.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function changeOf(
  { at, verb, table, kind, takes }: Lost,
  { path, database, rows }: { readonly path: string; readonly database: string; readonly rows: RowCounts },
): Promise<Change | null> {
  const observed = await (takes.what === 'values' ? rows.values(table, takes.column, takes.casts) : rows.of(table));
  if (observed === null) return null;
  const whole = `${kind === 'm' ? 'materialized view' : 'table'} ${table} of database ${database}`;
  return {
    action: 'delete',
    what: words(takes, whole),
    destructive: true,
    detail: [`${at.in(path)}: ${verb}`],
    observed,
  };
}

function words(takes: Lost['takes'], whole: string): string {
  switch (takes.what) {
    case 'table':
      return whole;
    case 'rows':
      return `rows of ${whole}`;
    case 'column':
      return `column ${takes.column} of ${whole}`;
    case 'attribute':
      return `attribute ${takes.attribute} in column ${takes.column} of ${whole}`;
    case 'values':
      return `values of column ${takes.column} of ${whole}`;
    case 'partition':
      return `rows of ${takes.from} in ${whole}`;
  }
}
