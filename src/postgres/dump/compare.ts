import type { DatabaseContent } from './written.ts';

/** How many of a sort of fault are named. */
const NAMED = 10;

/** What a restore lacks, has too much or has otherwise, each in words. Values of rows are not told; there are none here. */
export function compareContents(recorded: DatabaseContent, restored: DatabaseContent): readonly string[] {
  const objects = { recorded: new Set(recorded.objects), restored: new Set(restored.objects) };
  const { tables, sequences } = recorded;
  const faults = [
    compareNames('table', Object.keys(tables), Object.keys(restored.tables)),
    Object.entries(tables).flatMap(([name, was]) => compareTables(name, was, restored.tables[name])),
    compareNames('sequence', Object.keys(sequences), Object.keys(restored.sequences)),
    Object.entries(sequences).flatMap(([name, was]) => compareSequences(name, was, restored.sequences[name])),
    [...objects.recorded].filter((name) => !objects.restored.has(name)).map(missing),
    [...objects.restored].filter((name) => !objects.recorded.has(name)).map(extra),
  ];
  return faults.flatMap((sort) => {
    const more = sort.length - NAMED;
    return [...sort.slice(0, NAMED), ...(more > 0 ? [`and ${String(more)} more like the last`] : [])];
  });
}

function compareNames(kind: string, recorded: readonly string[], restored: readonly string[]): readonly string[] {
  const label = (name: string): string => (name.includes('.') ? `${kind} ${name}` : `the ${name}`);
  const [was, is] = [new Set(recorded), new Set(restored)];
  return [
    ...recorded.filter((name) => !is.has(name)).map((name) => missing(label(name))),
    ...restored.filter((name) => !was.has(name)).map((name) => extra(label(name))),
  ];
}

function missing(what: string): string {
  return `${what} is missing in the restore`;
}

function extra(what: string): string {
  return `${what} is in the restore and was not in the original`;
}

type Table = DatabaseContent['tables'][string];

function compareTables(name: string, was: Table, is: Table | undefined): readonly string[] {
  if (is === undefined) return [];
  if (was.columns !== is.columns) return [`the columns of table ${name} differ`];
  if (was.rows !== is.rows)
    return [`table ${name} has ${rows(is)} in the restore, ${String(was.rows ?? 'none')} were recorded`];
  if (was.checksum !== is.checksum) return [`the content of table ${name} differs (${rows(was)}, checksum)`];
  return [];
}

function rows({ rows: count }: Table): string {
  return count === null ? 'no rows of its own' : `${String(count)} rows`;
}

/** Whatever its increment, a sequence went from one end of what was recorded to the other while it was dumped. */
function compareSequences(
  name: string,
  [from, to]: readonly [string, string],
  [is]: readonly [string, string] = [from, to],
): readonly string[] {
  const [a, b, value] = [BigInt(from), BigInt(to), BigInt(is)];
  if ((a <= value && value <= b) || (b <= value && value <= a)) return [];
  const recorded = from === to ? from : `${from} to ${to}`;
  return [`sequence ${name} goes on with ${is} in the restore, ${recorded} was recorded`];
}
