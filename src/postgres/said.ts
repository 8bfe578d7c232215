import { itemAt } from './sql/lexer.ts';

/** What stands in the place of a name that may be data. */
const HIDDEN = '(name not shown)';

/** Kinds of things, as messages of the server name them. */
const THING =
  '(?:relation|table|view|materialized view|index|sequence|column|constraint|schema|database|role|user|type|extension|language|collation|tablespace|trigger|rule|policy|publication|subscription|server|foreign-data wrapper|event trigger|procedure|aggregate|operator class|domain|text search configuration|parameter|access method|conversion)';
const COMMAND = '[A-Z]+(?: [A-Z]+){0,4}';

/**
 * Messages of PostgreSQL that are made of fixed words and names of things alone, as its sources have them (src/backend,
 * `errmsg`). `%` is a name; whatever else the server says may be a value, which code in the database can also put into
 * the words of any error (`RAISE ... USING ERRCODE`), and is not repeated.
 */
const FORMS: readonly string[] = [
  `${THING} % does not exist`,
  `${THING} % already exists`,
  `${THING} % of (?:relation|table) % does not exist`,
  `${THING} % of (?:relation|table) % already exists`,
  `${THING} % for (?:relation|table) % does not exist`,
  `${THING} % for (?:relation|table) % already exists`,
  `${THING} % is not (?:unique|available|valid|populated|empty|a table|a view|an index|a sequence|a partition)`,
  `${THING} % specified more than once`,
  'column % contains null values',
  'column % of relation % contains null values',
  'column reference % is ambiguous',
  'missing FROM-clause entry for table %',
  'invalid reference to FROM-clause entry for table %',
  '% is not (?:a table|a view|an index|a sequence|a table or view|a composite type|an enum|a partitioned table)',
  `permission denied for ${THING} %`,
  'permission denied for (?:function|large object|type|language) %',
  'permission denied to (?:create (?:database|role|extension %|event trigger(?: %)?)|alter role|drop role|set role %|set parameter %|terminate process|grant role %|change owner of [a-z]+ %)',
  `must be owner of ${THING} %`,
  'must be owner of (?:function|large object|type) %',
  'must be (?:a )?superuser(?: to [a-z ]{1,60})?',
  'must be able to SET ROLE %',
  'must be member of role %',
  'must have admin option on role %',
  'syntax error at or near %',
  'syntax error at end of input',
  `cannot drop ${THING} % because other objects depend on it`,
  'cannot drop the currently open database',
  'role % cannot be dropped because some objects depend on it',
  `cannot execute ${COMMAND} in a read-only transaction`,
  `${COMMAND} cannot run inside a transaction block`,
  `${COMMAND} cannot be executed from a function`,
  `cannot ${COMMAND} (?:% )?because it has pending trigger events`,
  'current transaction is aborted, commands ignored until end of transaction block',
  'invalid transaction termination',
  'duplicate key value violates unique constraint %',
  'could not create unique index %',
  'null value in column % of relation % violates not-null constraint',
  'new row for relation % violates check constraint %',
  'check constraint % of relation % is violated by some row',
  'insert or update on table % violates foreign key constraint %',
  'update or delete on table % violates (?:RESTRICT setting of )?foreign key constraint % on table %',
  'conflicting key value violates exclusion constraint %',
  'database % is being accessed by other users',
  'source database % is being accessed by other users',
  'database % is not currently accepting connections',
  'password authentication failed for user %',
  'role % is not permitted to log in',
  'canceling statement due to (?:statement timeout|lock timeout|user request|conflict with recovery)',
  'terminating connection due to [a-z -]{1,60}',
  'could not obtain lock on (?:relation|row in relation) %',
  'could not serialize access due to [a-z /]{1,60}',
  'deadlock detected',
  'tuple (?:concurrently updated|concurrently deleted|already updated by self)',
  'sorry, too many clients already',
  'remaining connection slots are reserved for [a-z ()A-Z_]{1,80}',
  'too many connections for (?:role|database) %',
  'the database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)',
  'relation % is locked in exclusive mode',
  'invalid snapshot identifier',
];

const NAME = '("[^"]*"|[\\p{L}\\p{N}_$.]+)';
const SHAPES = FORMS.map((form) => new RegExp(`^${form.replaceAll('%', NAME)}$`, 'du'));

/**
 * The message of a server as far as it can be no data; null where it may be.
 *
 * @param statement what was sent: names are repeated only if they stand in it outside of its texts. Without it, what looks
 *   like a name is taken for one.
 */
export function plainWords(message: string, statement?: string): string | null {
  for (const shape of SHAPES) {
    const found = shape.exec(message);
    if (found === null) continue;
    const known = isNameIn(statement);
    // From behind, so that the places before stay where they are.
    return (found.indices ?? [])
      .slice(1)
      .filter((place) => place !== undefined)
      .reduceRight((text, [from, to]) => {
        const name = message.slice(from, to);
        return known(name) ? text : text.slice(0, from) + HIDDEN + text.slice(to);
      }, message);
  }
  return null;
}

const SYMBOL = /^"[^\w'"\s\u0080-\uffff]{1,3}"$/;
const IDENTIFIER = /^"?[\p{L}_][\p{L}\p{N}_$.-]{0,190}"?$/u;

function isNameIn(statement: string | undefined): (name: string) => boolean {
  if (statement === undefined) return (name) => IDENTIFIER.test(name);
  const words = wordsOf(statement);
  return (name) => {
    if (SYMBOL.test(name)) return true;
    const bare = name.replaceAll('"', '');
    return words.has(bare) || bare.split('.').every((part) => words.has(part.toLowerCase()));
  };
}

/** Whether a name stands in a statement, outside of its texts. */
export function isNamedIn(name: string, statement: string): boolean {
  return isNameIn(statement)(name);
}

/** What a statement may name: its words in lower case, and what it has in double quotes; nothing of its texts. */
function wordsOf(statement: string): ReadonlySet<string> {
  const words = new Set<string>();
  let head: string[] = [];
  for (let at = 0; at < statement.length;) {
    const { token, end } = itemAt(statement, at);
    const from = at;
    at = Math.max(end, at + 1);
    if (token === null) continue;
    if (token.kind === 'word') {
      words.add(token.text.toLowerCase());
      head.push(token.text);
    } else if (token.kind === 'name') words.add(token.text);
    else if (token.text === ';') head = [];
    else if (token.kind === 'string' && isCode(head)) {
      // Code in dollar quotes names things too, and has texts of its own.
      const code = /^(\$\w*\$)([^]*)\1$/.exec(statement.slice(from, end))?.[2];
      if (code !== undefined) for (const word of wordsOf(code)) words.add(word);
    }
  }
  return words;
}

/** Whether a statement that begins so brings code, and no mere text, in its dollar quotes. */
function isCode([first, ...more]: readonly string[]): boolean {
  if (first === 'DO') return true;
  return first === 'CREATE' && more.slice(0, 3).some((word) => word === 'FUNCTION' || word === 'PROCEDURE');
}
