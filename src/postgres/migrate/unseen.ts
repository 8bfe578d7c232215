import type { Change } from '../../domain/change.ts';
import type { Position } from '../sql/position.ts';
import type { Script } from './examine.ts';
import { destroyingCode } from './lint/code.ts';
import { isHarmful, type Fired } from './lint/fires.ts';
import type { Rehearsed } from './rehearsal/result.ts';

/** Writes whose table is known. */
export function tableWrites(
  writes: Script['writes'],
): readonly (Script['writes'][number] & { readonly of: readonly string[] })[] {
  return writes.flatMap((one) => (one.of === null ? [] : [{ ...one, of: one.of }]));
}

/** What statements do to more than tables: it opens a gate whether or not there are rows. */
export function beyondTables({ beyond, content }: Script, database: string): readonly Change[] {
  return beyond.map(({ by, does, at }) => {
    const place = at.in(content.path);
    return {
      action: 'delete',
      what: `whatever ${by} at ${place} does beyond the tables of database ${database}`,
      destructive: true,
      detail: [`${place}: ${by} ${does}`],
      observed: 'nobody can tell',
    };
  });
}

/**
 * Code that nobody carried out opens a gate where there are rows: what it takes away, and how much, nobody can tell. So does
 * what triggers and rules run when a statement writes; once for each row, it does not run on a copy without rows either.
 *
 * @param how.fires what the triggers and rules of the database do at each of the `tableWrites`.
 */
export function unseenBy(
  script: Script,
  {
    seen,
    before,
    database,
    tables,
    destroying,
    fires,
  }: {
    readonly seen: Rehearsed | undefined;
    /** The files that run before it. */
    readonly before: readonly Script[];
    readonly database: string;
    /** Those that may hold rows. */
    readonly tables: readonly string[];
    readonly destroying: ReadonlyMap<string, string>;
    readonly fires: readonly Fired[];
  },
): readonly Change[] {
  const { content, writes, made } = script;
  const harmful = (hooks: Script['made']['hooks']): Script['made']['hooks'] =>
    hooks.filter((hook) => isHarmful(hook, destroying));
  const [earlier, here] = [harmful(before.flatMap((script) => script.made.hooks)), harmful(made.hooks)];
  const fired = tableWrites(writes).flatMap(({ of, at }, index) => {
    const { table, unseen, along = [] } = fires[index] ?? { table: null, unseen: false };
    const own = [...earlier, ...here.filter((hook) => hook.at.isBefore(at))].find(
      ({ table: on, row }) => (on === of.at(-1) && (row || seen === undefined)) || along.includes(on),
    );
    // What a rehearsal could see, it has seen.
    const name = (seen === undefined || unseen ? table : null) ?? own?.table;
    return name === undefined ? [] : [{ at, name }];
  });
  const places: readonly { readonly at: Position; readonly why: string }[] = [
    ...(seen?.unseen ?? destroyingCode(script, destroying)).map((at) => ({
      at,
      why: 'code that takes away what only shows when it runs on the rows',
    })),
    ...fired.map(({ at, name }) => ({ at, why: `a trigger or a rule of ${name} runs code that may take rows away` })),
  ];
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
