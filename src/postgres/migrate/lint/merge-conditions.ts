import type { MergeStmt, MergeWhenClause } from 'libpg-query';
import { as } from '../../sql/tree.ts';
import type { Clauses } from './clauses.ts';
import { overwrites } from './overwrites.ts';

/**
 * When a MERGE deletes a row of its table, and when it gives a column a value which no row has a part in: conditions of that
 * row; null for never. What becomes of a row is said by the first WHEN of its kind whose condition holds.
 */
export function mergeConditions(
  { mergeWhenClauses }: MergeStmt,
  { parts }: Clauses,
): { readonly deleted: string | null; readonly set: ReadonlyMap<string, string> } {
  const whens = (mergeWhenClauses ?? []).flatMap((one) => as(one, 'MergeWhenClause') ?? []);
  const texts = parts.flatMap(({ word }, index) => {
    if (word !== 'WHEN') return [];
    const next = parts[index + 1];
    return [next?.word === 'AND' ? next.text : 'true'];
  });
  const joins = parts.filter(({ word }) => word === 'USING' || word === 'ON').map(({ text }) => text);
  const there = `SELECT FROM ${joins.slice(0, -1).join(' ON ')}\n WHERE (${joins.at(-1) ?? ''}\n)`;
  const reached = whens.map(({ matchKind }, index) => {
    const earlier = texts.slice(0, index).filter((_, n) => whens[n]?.matchKind === matchKind);
    const own = [`(${texts[index] ?? ''}\n) IS TRUE`, ...earlier.map((text) => `(${text}\n) IS NOT TRUE`)].join(
      ' AND ',
    );
    switch (matchKind) {
      case 'MERGE_WHEN_MATCHED':
        return `EXISTS (${there} AND ${own})`;
      case 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE':
        return `NOT EXISTS (${there}) AND ${own}`;
      default:
        return null;
    }
  });
  const where = (is: (when: MergeWhenClause) => boolean): string | null => {
    const any = whens.flatMap((when, index) => (is(when) ? (reached[index] ?? []) : []));
    return any.length === 0 ? null : `(${any.join(' OR ')})`;
  };
  const set = new Map<string, string>();
  for (const column of whens.flatMap(({ targetList }) => overwrites(targetList))) {
    const condition = where(({ targetList }) => overwrites(targetList).includes(column));
    // An INSERT fills columns, too, of rows that were not there.
    if (condition !== null) set.set(column, condition);
  }
  return { deleted: where(({ commandType }) => commandType === 'CMD_DELETE'), set };
}
