import type { Node } from 'libpg-query';
import { as, hasOption } from '../../sql/tree.ts';

/** Why a statement cannot run in any migration; null when it can. */
export function refusal(statement: Node): string | null {
  const transaction = as(statement, 'TransactionStmt');
  if (transaction !== null && !INSIDE.includes(transaction.kind ?? ''))
    return 'a migration runs in a transaction of Windlass, or without any: it may not begin or end one itself';
  if (as(statement, 'DiscardStmt')?.target === 'DISCARD_ALL')
    return 'DISCARD ALL would give back the lock that keeps other migrators away';
  if ('CreatedbStmt' in statement || 'DropdbStmt' in statement)
    return 'databases are made with postgres.provision, and dropped by hand';
  const index = as(statement, 'IndexStmt');
  if (index?.concurrent === true && (index.idxname ?? '') === '')
    return 'CREATE INDEX CONCURRENTLY needs a name, so that what an interruption leaves behind can be found';
  return null;
}

const INSIDE = ['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO'];

/** What a statement is called when it cannot run in a transaction; null when it can. */
export function outsideOnly(statement: Node): string | null {
  if (as(statement, 'IndexStmt')?.concurrent === true) return 'CREATE INDEX CONCURRENTLY';
  if (as(statement, 'DropStmt')?.concurrent === true) return 'DROP INDEX CONCURRENTLY';
  if (as(statement, 'VacuumStmt')?.is_vacuumcmd === true) return 'VACUUM';
  if ('AlterSystemStmt' in statement) return 'ALTER SYSTEM';
  if ('CreateTableSpaceStmt' in statement || 'DropTableSpaceStmt' in statement) return 'a statement on tablespaces';
  if ('CreateSubscriptionStmt' in statement || 'DropSubscriptionStmt' in statement)
    return 'a statement on subscriptions';
  return outsideReindex(statement) ?? outsideDetach(statement);
}

function outsideReindex(statement: Node): string | null {
  const reindex = as(statement, 'ReindexStmt');
  if (reindex === null) return null;
  if (hasOption(reindex.params, 'concurrently')) return 'REINDEX CONCURRENTLY';
  return ['REINDEX_OBJECT_INDEX', 'REINDEX_OBJECT_TABLE'].includes(reindex.kind ?? '') ? null : 'REINDEX';
}

function outsideDetach(statement: Node): string | null {
  const commands = as(statement, 'AlterTableStmt')?.cmds ?? [];
  const detaches = commands.some((node) => {
    const command = as(node, 'AlterTableCmd');
    return command?.subtype === 'AT_DetachPartition' && as(command.def, 'PartitionCmd')?.concurrent === true;
  });
  return detaches ? 'ALTER TABLE ... DETACH PARTITION CONCURRENTLY' : null;
}
