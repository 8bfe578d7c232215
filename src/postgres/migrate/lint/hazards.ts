import type { ColumnDef, Constraint, Node } from 'libpg-query';
import { as, hasOption, nameOf, partsOf } from '../../sql/tree.ts';

/** What a statement does to those who use a table at the time, if it exists and holds rows. */
export interface Hazard {
  /** The table, or an index of it, each part as it is known to the catalog. */
  readonly of: readonly string[];
  /** What happens, and the way around it. */
  readonly why: string;
  /** For SET NOT NULL: harmless where a validated CHECK proves it of this column. */
  readonly provenBy?: string;
}

const REWRITES = 'writes the whole table anew while nobody can read it';
const CONCURRENTLY = 'use CONCURRENTLY in a file with `-- windlass: no-transaction`';
const SCANS = 'reads every row while nobody can write';

/** Rewrites, long locks, missing CONCURRENTLY, NOT NULL without a safe path. Rules: PostgreSQL's manual, ALTER TABLE. */
export function hazards(statement: Node): readonly Hazard[] {
  const alter = as(statement, 'AlterTableStmt');
  if (alter?.objtype === 'OBJECT_TABLE') {
    const of = partsOf(alter.relation);
    return (alter.cmds ?? []).flatMap((command) => ofCommand(command).map((hazard) => ({ ...hazard, of })));
  }
  return ofStatement(statement);
}

function ofStatement(statement: Node): readonly Hazard[] {
  const index = as(statement, 'IndexStmt');
  if (index !== null && index.concurrent !== true)
    return [{ of: partsOf(index.relation), why: `CREATE INDEX blocks writes while it builds: ${CONCURRENTLY}` }];
  const reindex = as(statement, 'ReindexStmt');
  if (reindex?.kind === 'REINDEX_OBJECT_TABLE' && !hasOption(reindex.params, 'concurrently'))
    return [{ of: partsOf(reindex.relation), why: `REINDEX blocks writes while it builds: ${CONCURRENTLY}` }];
  if (reindex?.kind === 'REINDEX_OBJECT_INDEX' && !hasOption(reindex.params, 'concurrently'))
    return [{ of: partsOf(reindex.relation), why: `REINDEX blocks writes while it builds: ${CONCURRENTLY}` }];
  const drop = as(statement, 'DropStmt');
  if (drop?.removeType === 'OBJECT_INDEX' && drop.concurrent !== true) {
    const why = `DROP INDEX keeps everybody out while it waits for others to leave: ${CONCURRENTLY}`;
    return (drop.objects ?? []).map((index) => ({ of: nameOf(as(index, 'List')?.items), why }));
  }
  const vacuum = as(statement, 'VacuumStmt');
  if (vacuum !== null && hasOption(vacuum.options, 'full')) {
    const tables = (vacuum.rels ?? []).flatMap((rel) => as(rel, 'VacuumRelation')?.relation ?? []);
    return tables.map((table) => ({ of: partsOf(table), why: `VACUUM FULL ${REWRITES}` }));
  }
  const cluster = as(statement, 'ClusterStmt');
  if (cluster !== null) return [{ of: partsOf(cluster.relation), why: `CLUSTER ${REWRITES}` }];
  const refresh = as(statement, 'RefreshMatViewStmt');
  if (refresh !== null && refresh.concurrent !== true)
    return [{ of: partsOf(refresh.relation), why: 'REFRESH blocks readers while it runs: CONCURRENTLY does not' }];
  const update = as(statement, 'UpdateStmt');
  if (update !== null && update.whereClause === undefined)
    return [{ of: partsOf(update.relation), why: 'UPDATE without WHERE writes and locks every row' }];
  const lock = as(statement, 'LockStmt');
  if (lock !== null) {
    const tables = (lock.relations ?? []).flatMap((relation) => as(relation, 'RangeVar') ?? []);
    return tables.map((table) => ({ of: partsOf(table), why: 'LOCK TABLE holds it until the file is done' }));
  }
  return [];
}

type Found = Omit<Hazard, 'of'>;

function ofCommand(node: Node): readonly Found[] {
  const command = as(node, 'AlterTableCmd');
  switch (command?.subtype) {
    case 'AT_AddColumn': {
      const column = as(command.def, 'ColumnDef');
      return column === null ? [] : ofColumn(column);
    }
    case 'AT_AlterColumnType':
      return [{ why: `ALTER COLUMN ${command.name ?? ''} TYPE ${REWRITES}, unless only a length limit grows` }];
    case 'AT_SetNotNull':
      return [setNotNull(command.name ?? '')];
    case 'AT_AddConstraint': {
      const constraint = as(command.def, 'Constraint');
      return constraint === null ? [] : ofConstraint(constraint);
    }
    case 'AT_SetTableSpace':
    case 'AT_SetLogged':
    case 'AT_SetUnLogged':
    case 'AT_SetAccessMethod':
      return [{ why: `the change of storage ${REWRITES}` }];
    default:
      return [];
  }
}

function setNotNull(column: string): Found {
  const way = `add CHECK (${column} IS NOT NULL) NOT VALID, VALIDATE it, then SET NOT NULL`;
  return { why: `SET NOT NULL of ${column} ${SCANS} or read: ${way}`, provenBy: column };
}

function ofConstraint({ contype, skip_validation: later, indexname, keys }: Constraint): readonly Found[] {
  if (contype === 'CONSTR_NOTNULL' && later !== true) return [setNotNull(nameOf(keys)[0] ?? '')];
  if ((contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN') && later !== true) {
    const what = contype === 'CONSTR_CHECK' ? 'CHECK' : 'FOREIGN KEY';
    return [{ why: `ADD ${what} ${SCANS}: add it NOT VALID, then VALIDATE CONSTRAINT` }];
  }
  const builds = contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY';
  if (builds && (indexname ?? '') === '')
    return [{ why: 'the constraint builds its index while nobody can write: build it CONCURRENTLY, then USING INDEX' }];
  return contype === 'CONSTR_EXCLUSION' ? [{ why: 'EXCLUDE builds its index while nobody can write' }] : [];
}

const SERIALS = ['serial', 'bigserial', 'smallserial', 'serial4', 'serial8', 'serial2'];
/** Functions whose value is the same for all rows, so that it is kept once and no row is written. */
const STABLE = ['now', 'transaction_timestamp', 'statement_timestamp', 'current_setting', 'version'];

function ofColumn({ colname, typeName, constraints }: ColumnDef): readonly Found[] {
  const of = (type: Constraint['contype']): Constraint | undefined =>
    (constraints ?? []).flatMap((node) => as(node, 'Constraint') ?? []).find(({ contype }) => contype === type);
  const serial = SERIALS.includes(nameOf(typeName?.names).at(-1) ?? '');
  if (serial || of('CONSTR_IDENTITY') !== undefined || of('CONSTR_GENERATED')?.generated_kind === 's')
    return [{ why: `ADD COLUMN ${colname ?? ''} with a value of its own for each row ${REWRITES}` }];
  const value = of('CONSTR_DEFAULT');
  if (value === undefined && of('CONSTR_NOTNULL') !== undefined)
    return [{ why: `ADD COLUMN ${colname ?? ''} NOT NULL without DEFAULT fails where there are rows` }];
  const called = nameOf(as(value?.raw_expr, 'FuncCall')?.funcname).at(-1);
  return called === undefined || STABLE.includes(called)
    ? []
    : [{ why: `ADD COLUMN ${colname ?? ''} DEFAULT ${called}() ${REWRITES}, unless the function is stable` }];
}
