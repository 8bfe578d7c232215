import { escapeIdentifier } from 'pg';
import { WindlassFailure } from '../../domain/failure.ts';
import type { Node } from 'libpg-query';
import type { Session } from '../session.ts';
import { as, nameOf, partsOf, type Of } from '../sql/tree.ts';
import type { Part } from './examine.ts';

/**
 * Clears away what an earlier attempt at a statement left behind, where that cannot run in a transaction and a crash
 * leaves it halfway.
 *
 * @param began whether the journal says that it was begun before.
 * @returns whether it is still to be done.
 * @throws WindlassFailure `TargetBusy` while another session works on the same index.
 */
export async function settle(
  session: Session,
  { node }: Extract<Part, { kind: 'statement' }>,
  began: boolean,
): Promise<'done' | 'to-do'> {
  if (node === undefined) return 'to-do';
  return (
    (await settleIndex(session, node, began)) ??
    (began
      ? ((await settleDrop(session, node)) ??
        (await settleReindex(session, node)) ??
        (await settleDetach(session, node)))
      : null) ??
    'to-do'
  );
}

type Settled = 'done' | 'to-do' | null;

/** An index that a crash left is there, useless, kept up with every write, and makes IF NOT EXISTS lie. */
async function settleIndex(session: Session, node: Node, began: boolean): Promise<Settled> {
  const index = as(node, 'IndexStmt');
  if (index === null) return null;
  const there = await indexOf(session, index);
  if (there === undefined) return 'to-do';
  if (there.valid) return began ? 'done' : 'to-do';
  if (there.busy) {
    throw new WindlassFailure(
      'TargetBusy',
      `The index ${there.name} is not valid, and another session works on its table.`,
      {
        object: `index ${there.name}`,
        next: 'The step tries again by itself; look at pg_stat_progress_create_index for who builds it.',
      },
    );
  }
  await session.script(`DROP INDEX CONCURRENTLY ${there.name}`);
  return 'to-do';
}

interface FoundIndex {
  readonly name: string;
  readonly valid: boolean;
  /** Whether another session, of a user, works on its table. */
  readonly busy: boolean;
}

async function indexOf(session: Session, { relation, idxname }: Of<'IndexStmt'>): Promise<FoundIndex | undefined> {
  const [there] = await session.query<FoundIndex & Record<string, unknown>>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, i.indisvalid AS valid,
            EXISTS (SELECT FROM pg_locks l WHERE l.relation = i.indrelid AND l.mode = 'ShareUpdateExclusiveLock'
                       AND l.granted AND l.pid <> pg_backend_pid()
                       -- Autovacuum gives way to whoever needs the table, and acts for no user.
                       AND EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = l.pid AND a.usesysid IS NOT NULL)
                       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS busy
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE i.indrelid = to_regclass($1) AND c.relname = $2`,
    [quoted(partsOf(relation)), idxname ?? ''],
  );
  return there;
}

/**
 * The invalid index that CREATE INDEX CONCURRENTLY left when the server refused it, as SQL names it; null without one.
 *
 * @throws WindlassFailure as `Session` does.
 */
export async function invalidIndexOf(session: Session, node: Node | undefined): Promise<string | null> {
  const index = as(node, 'IndexStmt');
  const there = index === null ? undefined : await indexOf(session, index);
  return there?.valid === false ? there.name : null;
}

async function settleDrop(session: Session, node: Node): Promise<Settled> {
  const drop = as(node, 'DropStmt');
  if (drop === null) return null;
  const names = (drop.objects ?? []).map((object) => quoted(nameOf(as(object, 'List')?.items)));
  const rows = await session.query('SELECT FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL', [
    names,
  ]);
  return rows.length === 0 ? 'done' : 'to-do';
}

/** REINDEX CONCURRENTLY builds under another name beside the old index, and leaves that when it is cut off. */
async function settleReindex(session: Session, node: Node): Promise<Settled> {
  const relation = as(node, 'ReindexStmt')?.relation;
  if (relation === undefined) return null;
  const left = await session.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
        AND i.indrelid IN (SELECT to_regclass($1)::oid
                            UNION SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass($1))`,
    [quoted(partsOf(relation))],
  );
  for (const { name } of left) await session.script(`DROP INDEX CONCURRENTLY ${name}`);
  return 'to-do';
}

/** DETACH PARTITION CONCURRENTLY that was cut off is completed with FINALIZE. */
async function settleDetach(session: Session, node: Node): Promise<Settled> {
  const alter = as(node, 'AlterTableStmt');
  const command = alter?.cmds?.flatMap((one) => as(as(one, 'AlterTableCmd')?.def, 'PartitionCmd') ?? [])[0];
  if (command === undefined) return null;
  const [parent, partition] = [quoted(partsOf(alter?.relation)), quoted(partsOf(command.name))];
  const [row] = await session.query<{ pending: boolean }>(
    `SELECT inhdetachpending AS pending FROM pg_inherits
      WHERE inhparent = to_regclass($1) AND inhrelid = to_regclass($2)`,
    [parent, partition],
  );
  if (row === undefined) return 'done';
  if (!row.pending) return 'to-do';
  await session.script(`ALTER TABLE ${parent} DETACH PARTITION ${partition} FINALIZE`);
  return 'done';
}

function quoted(parts: readonly string[]): string {
  return parts.map(escapeIdentifier).join('.');
}
