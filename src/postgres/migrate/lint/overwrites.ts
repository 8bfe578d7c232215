import type { Node } from 'libpg-query';
import { as, within } from '../../sql/tree.ts';

/** Columns that get a value which no row has a part in. What is made of the old one may keep it. */
export function overwrites(targetList: readonly Node[] | undefined): readonly string[] {
  return (targetList ?? [])
    .flatMap((target) => as(target, 'ResTarget') ?? [])
    .filter(
      ({ val, indirection }) =>
        indirection === undefined && within(val, 'ColumnRef').length === 0 && !('SubLink' in (val ?? {})),
    )
    .map(({ name = '' }) => name);
}
