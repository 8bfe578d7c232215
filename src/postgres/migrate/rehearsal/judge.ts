import type { Node } from 'libpg-query';
import type { Position } from '../../sql/position.ts';
import { parseStatement } from '../../sql/grammar.ts';
import { within } from '../../sql/tree.ts';
import { losses, picked } from '../lint/losses.ts';
import type { Lost } from '../lint/lost.ts';
import { keepsOthersOut, type Difference, type Note } from './observe.ts';
import type { Measured } from './result.ts';
import type { Subject } from './subjects.ts';
import { firstWords } from '../../sql/first-words.ts';

/** What a statement is called that begins with no word. */
export const NAMELESS = 'the statement';

type Subjects = ReadonlyMap<string, Subject>;

/** A statement that was carried out. */
export interface Done {
  readonly at: Position;
  readonly sql: string;
  /** What its loss is called, in the words of the text. */
  readonly verb: string;
}

/** Tables, columns and partitions that are gone, and views that show nothing any more. */
export function gone({ at, verb }: Done, changed: readonly Difference[], subjects: Subjects): readonly Lost[] {
  const vanished = new Map(
    changed.filter(({ before, after }) => before.node !== null && after.node === null).map((one) => [one.oid, one]),
  );
  const columns = new Map(
    changed
      .filter(({ oid }) => !vanished.has(oid))
      .map(({ oid, before, after }) => [oid, before.columns.filter((number) => !after.columns.includes(number))]),
  );
  const lost: Lost[] = [];
  for (const { oid, before, after } of changed) {
    const subject = subjects.get(oid);
    if (subject === undefined || before.node === null) continue;
    const add = (takes: Lost['takes'], attnum: number | null = null): unknown =>
      lost.push({ at, verb, table: subject.name, kind: subject.kind, oid, attnum, takes });
    // What goes with the table that it is a part of is counted there.
    if (after.node === null) {
      if (!before.parents.some((parent) => vanished.has(parent))) add({ what: 'table' });
      continue;
    }
    for (const number of columns.get(oid) ?? []) {
      const column = subject.columns.get(number);
      const above = before.parents.some((parent) =>
        columns.get(parent)?.some((other) => subjects.get(parent)?.columns.get(other) === column),
      );
      if (column !== undefined && !above) add({ what: 'column', column }, number);
    }
    for (const parent of before.parents.filter((one) => !after.parents.includes(one)))
      add({ what: 'partition', from: subjects.get(parent)?.name ?? 'its parent' });
    if (before.populated === true && after.populated === false && subject.kind === 'm') add({ what: 'rows' });
  }
  return lost;
}

/**
 * Rows that were deleted, and values that were overwritten, by what a statement set in motion: the statements of code, as
 * PostgreSQL shows them, rules, and what stands behind a view. Where the statement cannot be seen, the worst is
 * assumed. Never throws: code that cannot be parsed counts as the worst.
 *
 * @param node the statement itself.
 */
export async function noted(
  { at, verb, sql }: Done,
  notes: readonly Note[],
  node: Node | null,
  { changed, subjects }: { readonly changed: readonly Difference[]; readonly subjects: Subjects },
): Promise<readonly Lost[]> {
  const lost: Lost[] = [];
  const emptied = new Set(notes.filter(({ op }) => op === 'TRUNCATE').map(({ oid }) => oid));
  for (const { oid, op, stack } of notes) {
    const subject = subjects.get(oid);
    // The rows of partitions are counted where they are read.
    const parents = changed.find((one) => one.oid === oid)?.after.parents ?? [];
    if (subject === undefined || (op === 'TRUNCATE' && parents.some((parent) => emptied.has(parent)))) continue;
    const add = (how: string, takes: Lost['takes'], attnum: number | null = null, some?: Lost['some']): unknown =>
      lost.push({
        ...{ at, verb: how, table: subject.name, kind: subject.kind, oid, attnum, takes },
        ...(some === undefined ? {} : { some }),
      });
    const inner = /^SQL statement "([^]*?)"\n(?:PL\/|SQL function)/m.exec(stack)?.[1];
    const parsed = inner === undefined ? null : await parseStatement(inner).catch(() => null);
    const within_ = inner === undefined ? `${verb}: ${op}` : `${op} in ${firstWords(sql, NAMELESS)}`;
    if (op === 'TRUNCATE') {
      add(inner === undefined ? verb : within_, { what: 'rows' });
      continue;
    }
    const seen = parsed ?? (inner === undefined && direct(node, op) ? node : null);
    const found = seen === null ? null : losses(seen);
    if (op === 'DELETE') {
      if (found === null || found.some(({ takes }) => takes.what === 'rows')) add(within_, { what: 'rows' });
      else if (parsed !== null && inner !== undefined)
        for (const { some } of await picked(parsed, inner))
          if (some?.takes === 'rows') add(within_, { what: 'rows' }, null, some);
      continue;
    }
    // What a statement in the file itself overwrites is known from its text.
    if (parsed === null) continue;
    for (const { takes } of found ?? []) {
      if (takes.what !== 'values') continue;
      const number = [...subject.columns].find(([, name]) => name === takes.column)?.[0] ?? null;
      if (number !== null) add(within_, { what: 'values', column: takes.column, casts: null }, number);
    }
  }
  return lost;
}

/** Whether the statement says itself what was noted, rather than a rule or a function that it calls. */
function direct(node: Node | null, op: Note['op']): boolean {
  if (node === null) return false;
  const kinds = op === 'DELETE' ? (['DeleteStmt', 'MergeStmt'] as const) : (['UpdateStmt', 'MergeStmt'] as const);
  return kinds.some((kind) => within(node, kind).length > 0);
}

/** The worst that was done to each table under a lock that keeps others out. */
export function felt(
  { at, sql }: Done,
  changed: readonly Difference[],
  notes: readonly Note[],
  subjects: Subjects,
): readonly Measured[] {
  const emptied = new Set(notes.filter(({ op }) => op === 'TRUNCATE').map(({ oid }) => oid));
  const measured: Measured[] = [];
  for (const { oid, before, after } of changed) {
    const subject = subjects.get(oid);
    if (
      subject === undefined ||
      after.node === null ||
      before.node === null ||
      emptied.has(oid) ||
      subject.kind === 'm'
    )
      continue;
    const words = firstWords(sql, NAMELESS);
    const add = (effect: Measured['effect'], code: Measured['code'], why: string): unknown =>
      measured.push({ at, table: subject.name, effect, code, why: `${words} ${why}` });
    const numbers = (state: readonly string[]): readonly string[] => state.map((index) => index.split(':')[0] ?? '');
    const made = numbers(after.indexes).filter((index) => !numbers(before.indexes).includes(index));
    const again = after.indexes.filter(
      (index) => !before.indexes.includes(index) && numbers(before.indexes).includes(index.split(':')[0] ?? ''),
    );
    if (after.node !== before.node) add('rewrite', 'table-rewrite', 'writes the whole table anew');
    else if (!keepsOthersOut(after)) continue;
    else if (made.length > 0) add('index', 'index-build', 'builds an index');
    else if (again.length > 0) add('reindex', 'index-rebuild', 'builds indexes anew');
    else if (BigInt(after.scans) > BigInt(before.scans)) add('scan', 'scan', 'reads every row');
  }
  return measured;
}
