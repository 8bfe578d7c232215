/** What may stand in quotes in a message of PostgreSQL: names of things, never values of rows. */
const NAMED =
  /\b(database|schema|table|relation|column|constraint|index|sequence|role|user|extension|function|type|language|collation|server|publication|tablespace|parameter|file|operator|view|trigger|host|at)$/;

/**
 * What pg_dump or pg_restore says went wrong: the first of its errors, as it is, but with what it quotes of rows left out.
 * What follows an error (DETAIL, CONTEXT, the statement) quotes rows too, and is never told.
 */
export function programWords(lines: readonly string[]): string {
  const errors = lines.filter((line) => /^pg_(dump|restore): error:/.test(line));
  const first = errors[0]?.replace(/^pg_(dump|restore): error: /, '');
  return first === undefined ? 'it did not say why' : withoutValues(first);
}

function withoutValues(text: string): string {
  return text.replace(/"[^"]*"?/g, (quoted, at: number) =>
    NAMED.test(text.slice(0, at).trimEnd()) ? quoted : '(not shown)',
  );
}
