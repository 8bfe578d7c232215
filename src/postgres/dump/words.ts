import { plainWords } from '../said.ts';

/**
 * What pg_dump or pg_restore says went wrong: the first of its errors, as far as it is made of fixed words and names of
 * things. What it quotes of the server may be a value of a row, and so may all that follows an error (DETAIL, CONTEXT, the
 * statement): that is never told.
 */
export function programWords(lines: readonly string[]): string {
  const first = firstError(lines);
  if (first === '') return 'it did not say why';
  const [own = '', ...server] = first.split(/: ?ERROR: {1,2}/);
  const work = OWN_WORDS.find((words) => words.test(own))?.exec(own)?.[0] ?? null;
  const said = plainWords(server.length === 0 ? own : server.join('ERROR: ')) ?? CONNECTION.exec(first)?.[0] ?? null;
  if (work === null && said === null) return 'in words that may hold data, and are not shown';
  return [work, said ?? (server.length === 0 ? null : '(not shown)')]
    .filter((words) => words !== null && words !== '')
    .join(': ');
}

/** What the programs do, in their own words: names of things of the catalog are in them, and no values. */
const OWN_WORDS: readonly RegExp[] = [
  /^COPY failed for table "[^"\n]{1,190}"$/,
  /^could not execute query$/,
  /^query failed$/,
  /^Dumping the contents of table "[^"\n]{1,190}" failed: PQgetResult\(\) failed/,
  /^Dumping the contents of table "[^"\n]{1,190}" failed: PQgetCopyData\(\) failed/,
  /^could not (?:read|write|open|find|close|initialize|set|uncompress|parse|determine) [a-z -]{1,60}/,
  /^(?:unrecognized|unsupported|unexpected|corrupt|input file|did not find) [a-z -]{1,60}/,
  /^aborting because of server version mismatch$/,
];
/** That the server went away, which libpq says in fixed words. */
const CONNECTION =
  /server closed the connection unexpectedly|terminating connection due to [a-z -]{1,60}|could not connect to server|connection to server(?= )|SSL connection has been closed unexpectedly/;

/** The first error of all lines as it is, to judge by: it may hold data, and is never told. Empty where there is none. */
export function firstError(lines: readonly string[]): string {
  const marked = /^pg_(dump|restore): error: ?/;
  return lines.find((line) => marked.test(line))?.replace(marked, '') ?? '';
}
