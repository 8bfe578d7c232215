import type { Change } from '../../domain/change.ts';
import type { Session } from '../session.ts';
import type { Position } from '../sql/position.ts';
import type { Script } from './examine.ts';
import { destroyingCode } from './lint/code.ts';
import { isHarmful } from './lint/fires.ts';
import type { Rehearsed } from './rehearsal/result.ts';
import { mayHoldRows } from './rehearsal/subjects.ts';

/** Writes whose table is known. */
export function tableWrites(
  writes: Script['writes'],
): readonly (Script['writes'][number] & { readonly of: readonly string[] })[] {
  return writes.flatMap((one) => (one.of === null ? [] : [{ ...one, of: one.of }]));
}

/**
 * Code that nobody carried out opens a gate where there are rows: what it takes away, and how much, nobody can tell. So does
 * what triggers and rules run when a statement writes; once for each row, it does not run on a copy without rows either.
 *
 * @param how.fires what the triggers and rules of the database do at each of the `tableWrites`.
 * @throws WindlassFailure as `Session` does.
 */
export async function unseenBy(
  session: Session,
  script: Script,
  {
    seen,
    database,
    destroying,
    fires,
  }: {
    readonly seen: Rehearsed | undefined;
    readonly database: string;
    readonly destroying: ReadonlyMap<string, string>;
    readonly fires: readonly ('row' | 'statement' | null)[];
  },
): Promise<readonly Change[]> {
  const { content, writes, made } = script;
  const hooks = made.hooks.filter((hook) => isHarmful(hook, destroying));
  const fired = tableWrites(writes).filter(({ of, at }, index) => {
    const own = hooks.filter(({ table, at: from }) => table === of.at(-1) && from.isBefore(at));
    if (seen !== undefined) return fires[index] === 'row' || own.some(({ row }) => row);
    return (fires[index] ?? null) !== null || own.length > 0;
  });
  const places: readonly { readonly at: Position; readonly why: string }[] = [
    ...(seen?.unseen ?? destroyingCode(script, destroying)).map((at) => ({
      at,
      why: 'code that takes away what only shows when it runs on the rows',
    })),
    ...fired.map(({ at, of }) => ({
      at,
      why: `a trigger or a rule of ${of.join('.')} runs code that may take rows away`,
    })),
  ];
  if (places.length === 0) return [];
  const tables = await mayHoldRows(session);
  if (tables.length === 0) return [];
  const first = places.filter(({ at }, index) => places.findIndex((one) => one.at.equals(at)) === index);
  return first.map(({ at, why }) => ({
    action: 'delete',
    what: `whatever code at ${at.in(content.path)} takes away of database ${database}`,
    destructive: true,
    detail: [`${at.in(content.path)}: ${why}`],
    observed: `nobody can tell; ${tables.length} ${tables.length === 1 ? 'table holds' : 'tables hold'} rows`,
  }));
}
