import { escapeIdentifier } from 'pg';
import type { Change } from '../../domain/change.ts';
import type { Position } from '../sql/position.ts';
import type { Script } from './examine.ts';
import { warningLine, type WarningCode } from './lint/codes.ts';
import { changeOf, type Lost } from './lint/lost.ts';
import { rowsInWords, type RowCounts } from './lint/rows.ts';
import type { Selection } from './lint/selection.ts';

/** What a script takes away of what holds rows. */
export interface Losses {
  readonly losses: readonly Change[];
  /** Rows that a DELETE or a MERGE picks, some of a table, each in one line with its place. */
  readonly picked: readonly Placed[];
  readonly silenced: readonly WarningCode[];
}

/** A line of a plan about a place of a file. */
export interface Placed {
  readonly at: Position;
  readonly line: string;
}

/**
 * One destructive change for everything that holds rows and would lose them; what is picked by conditions is counted.
 *
 * @param lost what the script takes away, as far as anybody saw.
 * @throws WindlassFailure as `Session` does.
 */
export async function lossesOf(
  script: Script,
  lost: readonly Lost[],
  {
    database,
    rows,
    views,
    before,
    deleted,
  }: {
    readonly database: string;
    readonly rows: RowCounts;
    readonly views: readonly string[];
    readonly before: readonly Script[];
    /** How many rows were picked already of each table. */
    readonly deleted: Map<string, number>;
  },
): Promise<Losses> {
  const { content, silenced } = script;
  const changes = new Map<string, Change>();
  const picked: Placed[] = [];
  const quiet: WarningCode[] = [];
  for (const one of [...lost].sort(byPlace)) {
    // What is made anew from the tables that it shows has lost nothing.
    if (one.kind === 'm' && views.some((view) => isCalled(one.table, view))) continue;
    const change = await changeOf(one, { path: content.path, database, rows });
    // A table dropped twice over is lost once.
    if (change === null || changes.has(change.what)) continue;
    if (one.some === undefined) {
      changes.set(change.what, change);
      continue;
    }
    const known = isUncertain(one.some, one.at, script, before) ?? (await rows.picked(one.some));
    if ('why' in known) {
      const observed = `${change.observed ?? ''}; how many of them, nobody could count: ${known.why}`;
      changes.set(change.what, { ...change, observed });
      continue;
    }
    if (known.rows === 0) continue;
    const own = isCalled(one.table, one.some.of.at(-1) ?? '');
    const sum = (deleted.get(one.table) ?? 0) + known.rows;
    if (own && one.some.takes === 'rows') deleted.set(one.table, sum);
    // Several conditions together may leave nothing either.
    if (known.all || (own && one.some.takes === 'rows' && change.observed === rowsInWords(sum))) {
      const what = one.some.verb === 'MERGE' ? 'conditions that hold' : 'a WHERE that holds';
      const detail = (change.detail ?? []).map((line) => `${line} with ${what} for every row`);
      changes.set(change.what, { ...change, detail });
    } else if (one.takes.what === 'rows') {
      if (silenced.get(one.at.line)?.includes('delete-rows') === true) quiet.push('delete-rows');
      else {
        const count = rowsInWords(known.rows);
        const what = own
          ? `${one.some.verb} takes ${count} of ${one.table}, which holds ${change.observed ?? ''}`
          : `rows of ${one.table} that refer to the ${count} which ${one.some.verb} takes go as well`;
        picked.push({ at: one.at, line: warningLine(one.at.in(content.path), 'delete-rows', what) });
      }
    }
  }
  return { losses: [...changes.values()], picked, silenced: quiet };
}

/** Whether a table, as the server writes its name with its schema, is called so. */
function isCalled(table: string, name: string): boolean {
  return table.endsWith(`.${name}`) || table.endsWith(`.${escapeIdentifier(name)}`);
}

/** Why the rows that are there now tell nothing of those that will be there; null when they do. */
function isUncertain(
  { of, uses, why }: Selection,
  at: Position,
  { writes, lookup }: Script,
  before: readonly Script[],
): { readonly why: string } | null {
  if (why !== undefined) return { why };
  if (of.length === 1 && (lookup?.isBefore(at) === true || before.some((script) => script.lookup !== null)))
    return { why: 'the files change where names are looked up' };
  const earlier = [...before.flatMap((script) => script.writes), ...writes.filter((one) => one.at.isBefore(at))];
  const told = earlier.some((write) => {
    const name = write.of?.at(-1);
    if (name === undefined || uses.relations.includes(name)) return true;
    return name === of.at(-1) && write.events.includes('UPDATE');
  });
  return told ? { why: 'the files write to its tables before' } : null;
}

function byPlace(a: Lost, b: Lost): number {
  if (a.at.isBefore(b.at)) return -1;
  return b.at.isBefore(a.at) ? 1 : 0;
}
