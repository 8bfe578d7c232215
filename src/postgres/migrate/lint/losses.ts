import type { Node } from 'libpg-query';
import { as, nameOf, partsOf, within } from '../../sql/tree.ts';

/** A statement that takes rows away, if its object exists and holds any. */
export interface Loss {
  readonly verb: string;
  /** `table`, all tables of a `schema`, or all tables that a `role` owns. */
  readonly on: 'table' | 'schema' | 'role';
  /** The table, schema or role, each part as it is known to the catalog: `["public", "orders"]`. */
  readonly of: readonly string[];
  /** What of the table goes: `table`, `rows`, or `column NAME`. */
  readonly what: string;
  /** Whether tables that refer to it lose their rows too. */
  readonly cascades: boolean;
}

/**
 * What one statement would take away. Code inside of strings (functions, DO blocks) is not looked into, and neither are
 * triggers and foreign keys that cascade.
 */
export function losses(statement: Node): readonly Loss[] {
  return [...dropped(statement), ...truncated(statement), ...columns(statement), ...deleted(statement)];
}

function dropped(statement: Node): readonly Loss[] {
  const owned = as(statement, 'DropOwnedStmt');
  if (owned !== null) {
    const roles = (owned.roles ?? []).flatMap((role) => as(role, 'RoleSpec')?.rolename ?? []);
    return roles.map((role) => loss('DROP OWNED', 'role', [role], 'table'));
  }
  const drop = as(statement, 'DropStmt');
  if (drop === null) return [];
  const objects = drop.objects ?? [];
  if (drop.removeType === 'OBJECT_TABLE' || drop.removeType === 'OBJECT_FOREIGN_TABLE')
    return objects.map((object) => loss('DROP TABLE', 'table', nameOf(as(object, 'List')?.items), 'table'));
  if (drop.removeType === 'OBJECT_SCHEMA')
    return objects.map((object) => loss('DROP SCHEMA', 'schema', nameOf([object]), 'table'));
  return [];
}

function truncated(statement: Node): readonly Loss[] {
  const truncate = as(statement, 'TruncateStmt');
  const cascades = truncate?.behavior === 'DROP_CASCADE';
  return (truncate?.relations ?? []).map((relation) => ({
    ...loss('TRUNCATE', 'table', partsOf(as(relation, 'RangeVar') ?? undefined), 'rows'),
    cascades,
  }));
}

function columns(statement: Node): readonly Loss[] {
  const alter = as(statement, 'AlterTableStmt');
  if (alter?.objtype !== 'OBJECT_TABLE') return [];
  return (alter.cmds ?? []).flatMap((node) => {
    const command = as(node, 'AlterTableCmd');
    if (command?.subtype !== 'AT_DropColumn') return [];
    return [loss('DROP COLUMN', 'table', partsOf(alter.relation), `column ${command.name ?? ''}`)];
  });
}

/** What may hold a DELETE that is carried out, within WITH or under EXPLAIN ANALYZE. */
const CARRIERS = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'ExplainStmt'];

function deleted(statement: Node): readonly Loss[] {
  if (!CARRIERS.some((kind) => kind in statement)) return [];
  return [...within(statement, 'DeleteStmt')]
    .filter(({ whereClause }) => whereClause === undefined)
    .map(({ relation }) => loss('DELETE without WHERE', 'table', partsOf(relation), 'rows'));
}

function loss(verb: string, on: Loss['on'], of: readonly string[], what: string): Loss {
  return { verb, on, of, what, cascades: false };
}
