import { escapeIdentifier } from 'pg';
import type { Node, TypeName } from 'libpg-query';
import { as, nameOf, partsOf, within } from '../../sql/tree.ts';
import { CARRIERS, codeOf, destroys } from './code.ts';
import { columnOf, constantOf, extentOf } from './conditions.ts';
import { objectName } from './names.ts';
import { overwrites } from './overwrites.ts';
import { selectionsOf, type Selection } from './selection.ts';

/** What a name stands for. */
type ObjectKind = (typeof KINDS)[keyof typeof KINDS] | 'role' | 'code';

/** A statement that takes rows or values away, if its object exists and holds any. */
export interface Loss {
  readonly verb: string;
  readonly on: ObjectKind;
  /** Each part as it is known to the catalog: `["public", "orders"]`. A role may be `CURRENT_USER` or `SESSION_USER`. */
  readonly of: readonly string[];
  readonly takes: Takes;
  /** The rows that it picks, where the text does not say that it takes all of them: what that comes to shows a count. */
  readonly some?: Selection;
}

type Takes =
  /** Whatever code takes that nobody has carried out: only its words are known. */
  | { readonly what: 'anything' }
  /** The object and all that cannot be without it, whatever stands in the way: a column of its type, its partitions. */
  | { readonly what: 'object' }
  | { readonly what: 'column'; readonly column: string }
  /** Rows, and those of tables that refer to them: with TRUNCATE ... CASCADE, or by foreign keys that cascade. */
  | {
      readonly what: 'rows';
      readonly by: 'truncate' | 'delete' | 'refresh';
      readonly cascades: boolean;
      readonly unlessNull?: readonly string[];
    }
  /** The rows of a partition, or of a child, are seen through `from` no more. */
  | { readonly what: 'partition'; readonly from: readonly string[] }
  /** All values of a column, unless they are the same again after the casts; null when nobody can tell. */
  | {
      readonly what: 'values';
      readonly column: string;
      readonly casts: readonly string[] | null;
      readonly unlessNull?: readonly string[];
    };

const KINDS = {
  OBJECT_TABLE: 'relation',
  OBJECT_MATVIEW: 'relation',
  OBJECT_VIEW: 'relation',
  OBJECT_SEQUENCE: 'relation',
  OBJECT_FOREIGN_TABLE: 'relation',
  OBJECT_SCHEMA: 'schema',
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'type',
  OBJECT_EXTENSION: 'extension',
  OBJECT_FUNCTION: 'routine',
  OBJECT_PROCEDURE: 'routine',
  OBJECT_ROUTINE: 'routine',
  OBJECT_AGGREGATE: 'routine',
  OBJECT_OPERATOR: 'operator',
  OBJECT_COLLATION: 'collation',
  OBJECT_LANGUAGE: 'language',
  OBJECT_FOREIGN_SERVER: 'server',
  OBJECT_FDW: 'wrapper',
  OBJECT_ACCESS_METHOD: 'access method',
  OBJECT_TSCONFIGURATION: 'text search',
  OBJECT_TSDICTIONARY: 'text search',
  OBJECT_TSPARSER: 'text search',
} as const;

/** What one statement would take away, as its text says. What code in strings, triggers and rules do is not looked into. */
export function losses(statement: Node): readonly Loss[] {
  return [
    ...dropped(statement),
    ...truncated(statement),
    ...altered(statement),
    ...changed(statement),
    ...refreshed(statement),
    ...coded(statement),
  ];
}

function dropped(statement: Node): readonly Loss[] {
  const owned = as(statement, 'DropOwnedStmt');
  if (owned !== null)
    return (owned.roles ?? []).map((role) => loss('DROP OWNED', 'role', [roleOf(role)], { what: 'object' }));
  const drop = as(statement, 'DropStmt');
  if (drop === null) return [];
  const kind = drop.removeType ?? '';
  if (!isKnown(kind)) return [];
  const verb = `DROP ${WORDS[kind] ?? kind.replace('OBJECT_', '').replaceAll('_', ' ')}`;
  const cascade = drop.behavior === 'DROP_CASCADE' && !DATA.includes(kind) ? ' CASCADE' : '';
  return (drop.objects ?? []).map((object) =>
    loss(`${verb}${cascade}`, KINDS[kind], objectName(object), { what: 'object' }),
  );
}

/** What holds data itself, and goes with it whether CASCADE is said or not. */
const DATA: readonly string[] = ['OBJECT_TABLE', 'OBJECT_SCHEMA'];
const WORDS: Readonly<Record<string, string>> = {
  OBJECT_MATVIEW: 'MATERIALIZED VIEW',
  OBJECT_FOREIGN_SERVER: 'SERVER',
  OBJECT_FDW: 'FOREIGN DATA WRAPPER',
  OBJECT_TSCONFIGURATION: 'TEXT SEARCH CONFIGURATION',
  OBJECT_TSDICTIONARY: 'TEXT SEARCH DICTIONARY',
  OBJECT_TSPARSER: 'TEXT SEARCH PARSER',
};

function isKnown(kind: string): kind is keyof typeof KINDS {
  return kind in KINDS;
}

/** The name of a role, or what it is spelled as when it is that of the session. */
function roleOf(node: Node): string {
  const { roletype, rolename } = as(node, 'RoleSpec') ?? {};
  if (roletype === 'ROLESPEC_SESSION_USER') return 'SESSION_USER';
  return roletype === 'ROLESPEC_CSTRING' ? (rolename ?? '') : 'CURRENT_USER';
}

function truncated(statement: Node): readonly Loss[] {
  const truncate = as(statement, 'TruncateStmt');
  const cascades = truncate?.behavior === 'DROP_CASCADE';
  return (truncate?.relations ?? []).map((relation) =>
    loss('TRUNCATE', 'relation', partsOf(as(relation, 'RangeVar') ?? undefined), {
      what: 'rows',
      by: 'truncate',
      cascades,
    }),
  );
}

function altered(statement: Node): readonly Loss[] {
  const alter = as(statement, 'AlterTableStmt');
  if (alter === null) return [];
  const of = partsOf(alter.relation);
  return (alter.cmds ?? []).flatMap((node) => {
    const { subtype, name = '', def } = as(node, 'AlterTableCmd') ?? {};
    switch (subtype) {
      case 'AT_DropColumn':
        return alter.objtype === 'OBJECT_TYPE'
          ? [loss('DROP ATTRIBUTE', 'type', of, { what: 'column', column: name })]
          : [loss('DROP COLUMN', 'relation', of, { what: 'column', column: name })];
      case 'AT_DetachPartition':
        return [left('DETACH PARTITION', partsOf(as(def, 'PartitionCmd')?.name), of)];
      case 'AT_DropInherit':
        return [left('NO INHERIT', of, partsOf(as(def, 'RangeVar') ?? undefined))];
      case 'AT_AlterColumnType': {
        const column = as(def, 'ColumnDef');
        const casts = castsOf(column?.raw_default, name, column?.typeName);
        const verb = casts === null ? 'ALTER COLUMN TYPE USING' : 'ALTER COLUMN TYPE';
        return [loss(verb, 'relation', of, { what: 'values', column: name, casts })];
      }
      default:
        return [];
    }
  });
}

function left(verb: string, partition: readonly string[], from: readonly string[]): Loss {
  return loss(verb, 'relation', partition, { what: 'partition', from });
}

/** The types that a column's values are cast to, one after the other; null for an expression that is more than casts. */
function castsOf(using: Node | undefined, column: string, to: TypeName | undefined): readonly string[] | null {
  const last = typeText(to);
  if (last === null) return null;
  if (using === undefined) return [last];
  const cast = as(using, 'TypeCast');
  if (cast === null) return columnOf(using) === column ? [last] : null;
  const before = castsOf(cast.arg, column, cast.typeName);
  return before === null ? null : before.at(-1) === last ? before : [...before, last];
}

/** A type as SQL; null for what is seldom and hard to write, such as the fields of an interval. */
export function typeText(type: TypeName | undefined): string | null {
  const names = nameOf(type?.names);
  if (names.length === 0 || names.at(-1) === 'interval') return null;
  const modifiers = (type?.typmods ?? []).map(constantOf);
  if (modifiers.some((modifier) => typeof modifier !== 'string' || !/^-?\d+$/.test(modifier))) return null;
  const limit = modifiers.length === 0 ? '' : `(${modifiers.join(', ')})`;
  return `${names.map(escapeIdentifier).join('.')}${limit}${(type?.arrayBounds ?? []).map(() => '[]').join('')}`;
}

function changed(statement: Node): readonly Loss[] {
  if (!CARRIERS.some((kind) => kind in statement)) return [];
  return [...deleted(statement), ...overwritten(statement), ...merged(statement)];
}

function deleted(statement: Node): readonly Loss[] {
  return within(statement, 'DeleteStmt').flatMap(({ relation, whereClause }) => {
    const of = partsOf(relation);
    const extent = extentOf(whereClause, of);
    if (extent.rows === 'some') return [];
    const verb = whereClause === undefined ? 'DELETE without WHERE' : 'DELETE with a WHERE that may hold for every row';
    return [loss(verb, 'relation', of, { ...extent, what: 'rows', by: 'delete', cascades: true } as const)];
  });
}

/** Columns that get a value which no row has a part in. What is made of the old one may keep it. */
function overwritten(statement: Node): readonly Loss[] {
  const updates = within(statement, 'UpdateStmt').flatMap(({ relation, whereClause, targetList }) =>
    valuesSet('UPDATE of every row', partsOf(relation), whereClause, targetList),
  );
  const upserts = within(statement, 'InsertStmt').flatMap(({ relation, selectStmt, onConflictClause }) => {
    // Rows of VALUES are named one by one.
    const { fromClause = [], whereClause } = as(selectStmt, 'SelectStmt') ?? {};
    const of = partsOf(relation);
    if (fromClause.length === 0 || extentOf(whereClause, of).rows === 'some') return [];
    return valuesSet('ON CONFLICT DO UPDATE', of, onConflictClause?.whereClause, onConflictClause?.targetList);
  });
  return [...updates, ...upserts];
}

function valuesSet(
  verb: string,
  of: readonly string[],
  where: Node | undefined,
  targetList: readonly Node[] | undefined,
): readonly Loss[] {
  const extent = extentOf(where, of);
  if (extent.rows === 'some') return [];
  return overwrites(targetList).map((column) => {
    const { unlessNull } = { unlessNull: undefined, ...extent };
    const takes = { what: 'values', column, casts: null } as const;
    return loss(verb, 'relation', of, unlessNull === undefined ? takes : { ...takes, unlessNull });
  });
}

const DELETES = 'MERGE that deletes';

function merged(statement: Node): readonly Loss[] {
  return within(statement, 'MergeStmt').flatMap(({ relation, joinCondition, mergeWhenClauses }) => {
    const of = partsOf(relation);
    const clauses = (mergeWhenClauses ?? []).flatMap((clause) => as(clause, 'MergeWhenClause') ?? []);
    const deletes = clauses.some(
      ({ commandType, condition, matchKind }) =>
        commandType === 'CMD_DELETE' &&
        extentOf(condition, of).rows === 'all' &&
        (matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE' || extentOf(joinCondition, of).rows === 'all'),
    );
    return deletes ? [loss(DELETES, 'relation', of, { what: 'rows', by: 'delete', cascades: true })] : [];
  });
}

/**
 * What DELETE, UPDATE and MERGE take away of the rows that they pick by something which their author wrote down.
 *
 * @throws nothing of its own: `statement` was parsed from `sql`.
 */
export async function picked(statement: Node, sql: string): Promise<readonly Loss[]> {
  const selections = await selectionsOf(statement, sql);
  if (selections.length === 0) return [];
  const known = losses(statement).map(({ of }) => JSON.stringify(of));
  return selections
    .filter(({ some }) => !known.includes(JSON.stringify(some.of)))
    .flatMap(({ some, columns }): Loss[] => {
      const { of, verb, takes } = some;
      if (takes === 'rows') {
        const words = verb === 'MERGE' ? DELETES : verb;
        return [{ ...loss(words, 'relation', of, { what: 'rows', by: 'delete', cascades: true }), some }];
      }
      const words = verb === 'MERGE' ? 'MERGE that updates' : verb;
      return columns.map((column) => ({
        ...loss(words, 'relation', of, { what: 'values', column, casts: null }),
        some,
      }));
    });
}

function refreshed(statement: Node): readonly Loss[] {
  const refresh = as(statement, 'RefreshMatViewStmt');
  if (refresh?.skipData !== true) return [];
  const takes = { what: 'rows', by: 'refresh', cascades: false } as const;
  return [loss('REFRESH WITH NO DATA', 'relation', partsOf(refresh.relation), takes)];
}

function coded(statement: Node): readonly Loss[] {
  const code = codeOf(statement);
  return code !== null && destroys(code) ? [loss('DO', 'code', [], { what: 'anything' })] : [];
}

function loss(verb: string, on: ObjectKind, of: readonly string[], takes: Takes): Loss {
  return { verb, on, of, takes };
}
