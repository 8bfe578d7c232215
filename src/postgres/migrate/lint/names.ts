import type { Node } from 'libpg-query';
import { as, nameOf, partsOf, within } from '../../sql/tree.ts';

/** A table that later statements know under another name. */
export interface Renaming {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** What a statement calls a table from then on; null when it renames none. */
export function renaming(statement: Node): Renaming | null {
  const rename = as(statement, 'RenameStmt');
  if (rename?.renameType === 'OBJECT_TABLE') {
    const from = partsOf(rename.relation);
    return { from, to: [...from.slice(0, -1), rename.newname ?? ''] };
  }
  const move = as(statement, 'AlterObjectSchemaStmt');
  if (move?.objectType !== 'OBJECT_TABLE') return null;
  const from = partsOf(move.relation);
  return { from, to: [move.newschema ?? '', ...from.slice(-1)] };
}

const LOOKUP = ['search_path', 'role', 'session_authorization'];

/** Whether names without a schema may mean other tables after it than before. */
export function changesLookup(statement: Node): boolean {
  const set = as(statement, 'VariableSetStmt');
  if (set !== null) return set.kind === 'VAR_RESET_ALL' || LOOKUP.includes(set.name ?? '');
  if (!('SelectStmt' in statement)) return false;
  return [...within(statement, 'FuncCall')].some(({ funcname }) => nameOf(funcname).at(-1) === 'set_config');
}

/** Everything that a name may have been called in the database as it is now, given what was renamed before, in order. */
export function namesBefore(of: readonly string[], renamed: readonly Renaming[]): readonly (readonly string[])[] {
  const names = [of];
  for (const { from, to } of renamed.toReversed()) if (names.some((name) => isSame(name, to))) names.push(from);
  return names;
}

/** Whether two names may mean one table: where one has no schema, that of the other may be meant. */
function isSame(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [a.toReversed(), b.toReversed()];
  return left[0] === right[0] && (left[1] === undefined || right[1] === undefined || left[1] === right[1]);
}
