import type { ColumnDef, Constraint, Node } from 'libpg-query';
import { as, hasOption, nameOf, partsOf, within } from '../../sql/tree.ts';
import type { WarningCode } from './codes.ts';
import { typeText } from './losses.ts';

/** What a statement does to those who use a table at the time, if it exists and holds rows. */
export interface Hazard {
  readonly code: WarningCode;
  /** A table, or an index of it; all tables that have a column of a domain, of a schema, of the database, once clustered. */
  readonly on: 'relation' | 'domain' | 'schema' | 'database' | 'clustered';
  /** Each part as it is known to the catalog; empty for a whole database. */
  readonly of: readonly string[];
  /** What happens. */
  readonly why: string;
  /** What PostgreSQL is seen to do where it comes true; absent for what nothing but the text says. */
  readonly effect?: Effect;
  /** What must be so for it to come true, as far as the catalog alone can say. */
  readonly unless?: Unless;
}

/** Writes a table anew, reads all of it under a lock, builds an index of it, builds one anew. */
export type Effect = 'rewrite' | 'scan' | 'index' | 'reindex';

export type Unless =
  /** A validated CHECK proves it of this column. */
  | { readonly proven: string }
  /** The column is cast to a type that takes its values as they are stored. */
  | { readonly stored: string; readonly as: string }
  /** None of these functions is volatile, and the type is no domain with constraints. */
  | { readonly stable: readonly string[]; readonly type: string | null };

const REWRITES = 'writes the whole table anew';
const SCANS = 'reads every row';

/** Rewrites, long locks, missing CONCURRENTLY, NOT NULL without a safe path. Rules: PostgreSQL's manual, ALTER TABLE. */
export function hazards(statement: Node): readonly Hazard[] {
  const alter = as(statement, 'AlterTableStmt');
  if (alter?.objtype === 'OBJECT_TABLE') {
    const of = partsOf(alter.relation);
    return (alter.cmds ?? []).flatMap((command) =>
      ofCommand(command).map((hazard) => ({ on: 'relation', of, ...hazard })),
    );
  }
  return [...ofIndexes(statement), ...ofMaintenance(statement), ...ofRenames(statement), ...ofOthers(statement)];
}

function ofIndexes(statement: Node): readonly Hazard[] {
  const index = as(statement, 'IndexStmt');
  if (index !== null && index.concurrent !== true)
    return [relation('index-build', partsOf(index.relation), 'CREATE INDEX reads every row', 'index')];
  const reindex = as(statement, 'ReindexStmt');
  if (reindex !== null && !hasOption(reindex.params, 'concurrently')) {
    const why = 'REINDEX builds indexes anew';
    if (reindex.kind === 'REINDEX_OBJECT_TABLE' || reindex.kind === 'REINDEX_OBJECT_INDEX')
      return [relation('index-rebuild', partsOf(reindex.relation), why, 'reindex')];
    if (reindex.kind === 'REINDEX_OBJECT_SCHEMA')
      return [{ code: 'index-rebuild', on: 'schema', of: [reindex.name ?? ''], why }];
    return [{ code: 'index-rebuild', on: 'database', of: [], why }];
  }
  const drop = as(statement, 'DropStmt');
  if (drop?.removeType !== 'OBJECT_INDEX' || drop.concurrent === true) return [];
  const why = 'DROP INDEX waits for others to leave';
  return (drop.objects ?? []).map((one) => relation('index-drop', nameOf(as(one, 'List')?.items), why));
}

function ofMaintenance(statement: Node): readonly Hazard[] {
  const vacuum = as(statement, 'VacuumStmt');
  if (vacuum !== null && hasOption(vacuum.options, 'full')) {
    const why = `VACUUM FULL ${REWRITES}`;
    const tables = (vacuum.rels ?? []).flatMap((rel) => as(rel, 'VacuumRelation')?.relation ?? []);
    if (tables.length === 0) return [{ code: 'vacuum-full', on: 'database', of: [], why }];
    return tables.map((table) => relation('vacuum-full', partsOf(table), why));
  }
  const cluster = as(statement, 'ClusterStmt');
  if (cluster !== null) {
    const why = `CLUSTER ${REWRITES}`;
    if (cluster.relation === undefined) return [{ code: 'cluster', on: 'clustered', of: [], why }];
    return [relation('cluster', partsOf(cluster.relation), why, 'rewrite')];
  }
  const refresh = as(statement, 'RefreshMatViewStmt');
  if (refresh === null || refresh.concurrent === true) return [];
  return [relation('refresh', partsOf(refresh.relation), 'REFRESH keeps readers out while it runs')];
}

const USED = ['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW', 'OBJECT_COLUMN'];

/** Renames of what applications call by name. */
function ofRenames(statement: Node): readonly Hazard[] {
  const rename = as(statement, 'RenameStmt');
  if (rename !== null && USED.includes(rename.renameType ?? '')) {
    const what = rename.renameType === 'OBJECT_COLUMN' ? `column ${rename.subname ?? ''} is` : 'is';
    return [relation('rename', partsOf(rename.relation), `${what} called ${rename.newname ?? ''} from then on`)];
  }
  if (rename?.renameType === 'OBJECT_SCHEMA')
    return [
      {
        code: 'rename',
        on: 'schema',
        of: [rename.subname ?? ''],
        why: `its schema is called ${rename.newname ?? ''} from then on`,
      },
    ];
  const move = as(statement, 'AlterObjectSchemaStmt');
  if (move === null || !USED.includes(move.objectType ?? '')) return [];
  return [relation('rename', partsOf(move.relation), `is in schema ${move.newschema ?? ''} from then on`)];
}

function ofOthers(statement: Node): readonly Hazard[] {
  const update = as(statement, 'UpdateStmt');
  if (update !== null && update.whereClause === undefined)
    return [relation('update-all', partsOf(update.relation), 'UPDATE without WHERE writes and locks every row')];
  const lock = as(statement, 'LockStmt');
  if (lock !== null) {
    const tables = (lock.relations ?? []).flatMap((one) => as(one, 'RangeVar') ?? []);
    return tables.map((table) => relation('lock-table', partsOf(table), 'LOCK TABLE holds it until the file is done'));
  }
  const domain = as(statement, 'AlterDomainStmt');
  if (domain === null) return [];
  const checks = ['C', 'O', 'V', 'AD_AddConstraint', 'AD_SetNotNull', 'AD_ValidateConstraint'].includes(
    domain.subtype ?? '',
  );
  if (!checks || as(domain.def, 'Constraint')?.skip_validation === true) return [];
  const why = `ALTER DOMAIN ${nameOf(domain.typeName).join('.')} ${SCANS} of each table that has a column of it`;
  return [{ code: 'domain-scan', on: 'domain', of: nameOf(domain.typeName), why, effect: 'scan' }];
}

function relation(code: WarningCode, of: readonly string[], why: string, effect?: Effect): Hazard {
  return { code, on: 'relation', of, why, ...(effect === undefined ? {} : { effect }) };
}

type Found = Omit<Hazard, 'of' | 'on'> & Partial<Pick<Hazard, 'of'>>;

function ofCommand(node: Node): readonly Found[] {
  const { subtype, name = '', def, behavior } = as(node, 'AlterTableCmd') ?? {};
  switch (subtype) {
    case 'AT_AddColumn': {
      const column = as(def, 'ColumnDef');
      return column === null ? [] : ofColumn(column);
    }
    case 'AT_AlterColumnType': {
      const column = as(def, 'ColumnDef');
      const type = column?.raw_default === undefined ? typeText(column?.typeName) : null;
      const why = `ALTER COLUMN ${name} TYPE ${REWRITES}`;
      const found: Found = { code: 'table-rewrite', why, effect: 'rewrite' };
      return [type === null ? found : { ...found, unless: { stored: name, as: type } }];
    }
    case 'AT_SetNotNull':
      return [setNotNull(name)];
    case 'AT_SetExpression':
      return [{ code: 'table-rewrite', why: `SET EXPRESSION of ${name} ${REWRITES}`, effect: 'rewrite' }];
    case 'AT_AddConstraint': {
      const constraint = as(def, 'Constraint');
      return constraint === null ? [] : ofConstraint(constraint);
    }
    case 'AT_DropConstraint':
      if (behavior !== 'DROP_CASCADE') return [];
      return [
        { code: 'constraint-cascade', why: `DROP CONSTRAINT ${name} CASCADE takes foreign keys of other tables along` },
      ];
    case 'AT_AttachPartition': {
      const why = `ATTACH PARTITION ${SCANS} of the partition, unless a CHECK proves its bounds`;
      return [{ code: 'attach-scan', of: partsOf(as(def, 'PartitionCmd')?.name), why, effect: 'scan' }];
    }
    case 'AT_DetachPartition':
      if (as(def, 'PartitionCmd')?.concurrent === true) return [];
      return [{ code: 'detach-lock', why: 'DETACH PARTITION keeps everybody out while it waits for others to leave' }];
    case 'AT_SetTableSpace':
    case 'AT_SetLogged':
    case 'AT_SetUnLogged':
    case 'AT_SetAccessMethod':
      return [{ code: 'storage-rewrite', why: `the change of storage ${REWRITES}`, effect: 'rewrite' }];
    default:
      return [];
  }
}

function setNotNull(column: string): Found {
  const why = `SET NOT NULL of ${column} ${SCANS}`;
  return { code: 'not-null-scan', why, effect: 'scan', unless: { proven: column } };
}

function ofConstraint({ contype, skip_validation: later, indexname, keys }: Constraint): readonly Found[] {
  if (contype === 'CONSTR_NOTNULL' && later !== true) return [setNotNull(nameOf(keys)[0] ?? '')];
  if (contype === 'CONSTR_CHECK' && later !== true)
    return [{ code: 'check-scan', why: `ADD CHECK ${SCANS}`, effect: 'scan' }];
  if (contype === 'CONSTR_FOREIGN' && later !== true)
    return [{ code: 'foreign-key-scan', why: `ADD FOREIGN KEY ${SCANS}`, effect: 'scan' }];
  const builds = ['CONSTR_UNIQUE', 'CONSTR_PRIMARY', 'CONSTR_EXCLUSION'].includes(contype ?? '');
  if (!builds || (indexname ?? '') !== '') return [];
  return [{ code: 'constraint-index', why: 'the constraint builds its index', effect: 'index' }];
}

export const SERIALS = ['serial', 'bigserial', 'smallserial', 'serial4', 'serial8', 'serial2'];

function ofColumn({ colname = '', typeName, constraints }: ColumnDef): readonly Found[] {
  const parts = (constraints ?? []).flatMap((node) => as(node, 'Constraint') ?? []);
  const of = (type: Constraint['contype']): Constraint | undefined => parts.find(({ contype }) => contype === type);
  const value = of('CONSTR_DEFAULT')?.raw_expr;
  const serial = SERIALS.includes(nameOf(typeName?.names).at(-1) ?? '');
  const own = serial || of('CONSTR_IDENTITY') !== undefined || of('CONSTR_GENERATED')?.generated_kind === 's';
  const found: Found[] = [];
  if (own) {
    const why = `ADD COLUMN ${colname} with a value of its own for each row ${REWRITES}`;
    found.push({ code: 'add-column-rewrite', why, effect: 'rewrite' });
  } else {
    const calls = within(value, 'FuncCall').map(({ funcname }) => nameOf(funcname).at(-1) ?? '');
    const operators = within(value, 'A_Expr').length > 0 || calls.length > 0;
    const why = `ADD COLUMN ${colname} whose value is made for each row, or checked, ${REWRITES}`;
    const unless = { stable: operators ? calls : [], type: typeText(typeName) };
    found.push({ code: 'add-column-rewrite', why, effect: 'rewrite', unless });
  }
  if (value === undefined && !own && (of('CONSTR_NOTNULL') ?? of('CONSTR_PRIMARY')) !== undefined)
    found.push({
      code: 'not-null-fails',
      why: `ADD COLUMN ${colname} NOT NULL without DEFAULT fails where there are rows`,
    });
  for (const part of parts) {
    // A new column without values has nothing that must be looked up.
    if (part.contype === 'CONSTR_FOREIGN' && value === undefined)
      found.push({ code: 'foreign-key-lock', why: `ADD COLUMN ${colname} REFERENCES locks the other table, too` });
    else if (part.contype !== 'CONSTR_NOTNULL') found.push(...ofConstraint(part));
  }
  return found;
}
