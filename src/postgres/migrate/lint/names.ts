import type { Node } from 'libpg-query';
import { as, nameOf, partsOf, within } from '../../sql/tree.ts';

/** What is called something else from then on. */
export interface Renaming {
  /** `relation` is whatever stands in pg_class, and `type` whatever stands in pg_type. */
  readonly on: 'relation' | 'schema' | 'type' | 'column' | 'other';
  /** Each part as it is known to the catalog; a column comes behind its table. */
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const RELATIONS = [
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_INDEX',
  'OBJECT_FOREIGN_TABLE',
];
const TYPES = ['OBJECT_TYPE', 'OBJECT_DOMAIN'];

/** What a statement calls something from then on; null when it renames nothing. */
export function renaming(statement: Node): Renaming | null {
  const rename = as(statement, 'RenameStmt');
  if (rename !== null) {
    const { renameType: kind = '', relation, object, subname = '', newname: to = '' } = rename;
    if (RELATIONS.includes(kind)) return renamed('relation', partsOf(relation), to);
    if (kind === 'OBJECT_COLUMN') return renamed('column', [...partsOf(relation), subname], to);
    if (kind === 'OBJECT_SCHEMA') return renamed('schema', [subname], to);
    return renamed(TYPES.includes(kind) ? 'type' : 'other', objectName(object), to);
  }
  const move = as(statement, 'AlterObjectSchemaStmt');
  if (move === null) return null;
  const { objectType: kind = '', relation, object, newschema: schema = '' } = move;
  const relational = RELATIONS.includes(kind);
  const from = relational ? partsOf(relation) : objectName(object);
  return {
    on: relational ? 'relation' : TYPES.includes(kind) ? 'type' : 'other',
    from,
    to: [schema, ...from.slice(-1)],
  };
}

function renamed(on: Renaming['on'], from: readonly string[], to: string): Renaming {
  return { on, from, to: [...from.slice(0, -1), to] };
}

/** The name of an object that is no relation: a list of texts, a type, or a routine with its arguments. */
export function objectName(object: Node | undefined): readonly string[] {
  const list = as(object, 'List')?.items;
  if (list !== undefined) return nameOf(list);
  const names = as(object, 'TypeName')?.names ?? as(object, 'ObjectWithArgs')?.objname;
  return names !== undefined ? nameOf(names) : nameOf(object === undefined ? [] : [object]);
}

const LOOKUP = ['search_path', 'role', 'session_authorization'];

/** Whether names without a schema may mean other tables after it than before. */
export function changesLookup(statement: Node): boolean {
  const set = as(statement, 'VariableSetStmt');
  if (set !== null) return set.kind === 'VAR_RESET_ALL' || LOOKUP.includes(set.name ?? '');
  if (!('SelectStmt' in statement)) return false;
  return within(statement, 'FuncCall').some(({ funcname }) => nameOf(funcname).at(-1) === 'set_config');
}

/** Everything that a name may have been called in the database as it is now, given what was renamed before, in order. */
export function namesBefore(
  on: Renaming['on'],
  of: readonly string[],
  renamed: readonly Renaming[],
): readonly (readonly string[])[] {
  const names = new Map<string, readonly string[]>();
  const add = (name: readonly string[]): unknown => names.set(JSON.stringify(name), name);
  add(of);
  for (const { on: kind, from, to } of renamed.toReversed()) {
    for (const name of [...names.values()]) {
      if (kind === on && isSame(name, to)) add(from);
      // A table or type of a schema that was called otherwise.
      else if (kind === 'schema' && name.length > 1 && name.at(-2) === to[0]) add([from[0] ?? '', ...name.slice(-1)]);
    }
  }
  return [...names.values()];
}

/** What a column may be called now. That of another table may be among them; which table is meant, is known apart. */
export function columnBefore(column: string, renamed: readonly Renaming[]): readonly string[] {
  const names = [column];
  for (const { on, from, to } of renamed.toReversed())
    if (on === 'column' && names.includes(to.at(-1) ?? '')) names.push(from.at(-1) ?? '');
  return names;
}

/** Whether two names may mean one thing: where one has no schema, that of the other may be meant. */
function isSame(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [a.toReversed(), b.toReversed()];
  return left[0] === right[0] && (left[1] === undefined || right[1] === undefined || left[1] === right[1]);
}

/** The role that the session takes on; CURRENT_USER means it from then on. */
export function rolesTaken(statement: Node): readonly string[] {
  const set = as(statement, 'VariableSetStmt');
  if (set === null || !['role', 'session_authorization'].includes(set.name ?? '')) return [];
  return (set.args ?? []).flatMap((arg) => as(arg, 'A_Const')?.sval?.sval ?? []);
}

/** The type that a statement makes, by its name without schema. Domains, which may have constraints, are left out. */
export function madeType(statement: Node): readonly string[] {
  const names = as(statement, 'CreateEnumStmt')?.typeName ?? as(statement, 'CreateRangeStmt')?.typeName;
  const composite = partsOf(as(statement, 'CompositeTypeStmt')?.typevar);
  return [...nameOf(names).slice(-1), ...composite.slice(-1)];
}

/** The materialized view that a statement makes, by its name without schema. */
export function madeView(statement: Node): readonly string[] {
  const made = as(statement, 'CreateTableAsStmt');
  return made?.objtype === 'OBJECT_MATVIEW' ? partsOf(made.into?.rel).slice(-1) : [];
}
