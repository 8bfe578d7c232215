import { describe, expect, test } from '@jest/globals';
import { Splitter, type Piece } from '../../src/postgres/sql/splitter.ts';

/** Pieces of a text that comes in chunks of so many bytes. */
function pieces(text: string, size = Infinity): readonly Piece[] {
  const bytes = Buffer.from(text);
  const splitter = new Splitter();
  const found: Piece[] = [];
  for (let at = 0; at < bytes.length; at += Math.min(size, bytes.length))
    found.push(...splitter.push(bytes.subarray(at, Math.min(at + size, bytes.length))));
  return [...found, ...splitter.end()];
}

/** Statements, with the rows of each COPY behind it. */
function spelled(text: string, size?: number): readonly string[] {
  const found: string[] = [];
  for (const piece of pieces(text, size)) {
    if (piece.kind === 'statement') found.push(piece.copies ? `${piece.sql} <- ` : piece.sql);
    if (piece.kind === 'rows') found.push(`${found.pop() ?? ''}${piece.bytes.toString()}`);
  }
  return found;
}

describe('statements of a file', () => {
  test('end at semicolons, and empty ones are none', () => {
    expect(spelled('select 1;; \n;create table t (a int);')).toEqual(['select 1', 'create table t (a int)']);
  });

  test('the last one needs no semicolon', () => {
    expect(spelled('select 1; select 2')).toEqual(['select 1', 'select 2']);
  });

  test.each([
    ['a line comment', 'select 1 -- ; drop table t;\n+ 2;'],
    ['a block comment', 'select 1 /* ; drop table t; */ + 2;'],
    ['a comment within a comment', 'select 1 /* ; /* drop; */ table; */ + 2;'],
  ])('%s ends none', (_, sql) => {
    expect(spelled(sql)).toEqual([sql.slice(0, -1)]);
  });

  test.each([
    ['a string', "select 'a;b';"],
    ['a string with a doubled quote', "select 'it''s; fine';"],
    ['a string that ends with a backslash', "select 'C:\\';"],
    ['an escape string with a quote behind a backslash', "select E'a\\';b';"],
    ['a bit string', "select B'01;';"],
    ['a unicode string', "select U&'\\0061;';"],
    ['a string with a comment in it', "select '-- ; /*';"],
  ])('%s ends none', (_, sql) => {
    expect(spelled(`${sql}select 2`)).toEqual([sql.slice(0, -1), 'select 2']);
  });

  test('dollar quotes hold anything until the same tag', () => {
    expect(spelled('do $body$ begin perform 1; $$ ; $$ end $body$; select 1;')).toEqual([
      'do $body$ begin perform 1; $$ ; $$ end $body$',
      'select 1',
    ]);
  });

  test('a dollar sign within a word or before a number begins no quote', () => {
    expect(spelled('select a$b$c, $1; select 2;')).toEqual(['select a$b$c, $1', 'select 2']);
  });

  test('a semicolon in the body of a routine ends no statement', () => {
    const body = 'begin atomic select case when a then 1 else 2 end; select 2; end';
    expect(spelled(`create function f(a bool) returns int ${body}; select 3;`)).toHaveLength(2);
  });

  test('a semicolon between parentheses ends no statement', () => {
    expect(spelled('create rule r as on insert to t do also (delete from a; delete from b); select 1;')).toHaveLength(
      2,
    );
  });

  test.each(["select 'open", 'select "open', 'select $$open', 'select /* open', "select E'open\\"])(
    'what is not closed reaches to the end: %s',
    (sql) => {
      expect(spelled(`${sql}; drop table t`)).toHaveLength(1);
    },
  );

  test('a long file takes time in proportion to its length, not more', () => {
    const rows = 20_000;
    const sql = `insert into t values ('${'x'.repeat(200)}', $$y$$); -- done\n`.repeat(rows);
    expect(pieces(sql)).toHaveLength(rows);
  });
});

describe('COPY ... FROM stdin', () => {
  const DUMP = "copy t (a, b) from stdin;\n1\tx;'y\n2\t\\\\.\n\\.\n\nselect 1;\ncopy u from STDIN;\n\\.\nselect 2";

  test('is followed by rows up to the line that is \\. alone', () => {
    expect(spelled(DUMP)).toEqual([
      "copy t (a, b) from stdin <- 1\tx;'y\n2\t\\\\.\n",
      'select 1',
      'copy u from STDIN <- ',
      'select 2',
    ]);
  });

  test('takes its rows with Windows line ends, and without a mark at the end of the file', () => {
    expect(spelled('copy t from stdin;\r\n1\r\n\\.\r\nselect 1')).toEqual(['copy t from stdin <- 1\r\n', 'select 1']);
    expect(spelled('copy t from stdin;\n1\n2')).toEqual(['copy t from stdin <- 1\n2']);
    expect(spelled('copy t from stdin')).toEqual(['copy t from stdin <- ']);
  });

  test('of a query or to a file has none', () => {
    expect(spelled("copy (select * from stdin) to '/x'; select 1")).toHaveLength(2);
    expect(spelled("copy t from '/stdin'; select 1")).toHaveLength(2);
  });

  test('places behind it are those in the file', () => {
    const [, behind] = pieces(DUMP).filter(({ kind }) => kind === 'statement');
    expect(behind).toMatchObject({ at: { line: 6, column: 1 } });
  });
});

describe('a file that comes in chunks', () => {
  const FILE =
    "\uFEFF-- größe; 🏗\ncreate table \"a;b\" (x text default $q$;$q$); /* ; /* */ */ insert into t values (E'\\';', 'it''s');\n" +
    "copy t from stdin;\n1\t2\n\\.\nselect '🏗', größe -- ;\n;create function f() returns int begin atomic select 1; end";

  test('falls into the same pieces at the same places, however it is cut', () => {
    const places = (size?: number): unknown =>
      pieces(FILE, size).map((piece) => ('at' in piece ? [piece.kind, piece.at, 'sql' in piece ? piece.sql : ''] : []));
    for (const size of [1, 2, 3, 5, 8, 13, 64]) {
      expect(spelled(FILE, size)).toEqual(spelled(FILE));
      expect((places(size) as unknown[]).filter((one) => (one as unknown[]).length > 0)).toEqual(
        (places() as unknown[]).filter((one) => (one as unknown[]).length > 0),
      );
    }
    expect(spelled(FILE)).toHaveLength(5);
  });

  test('names what cannot be sent, by line and column in whole characters', () => {
    expect(pieces("select '🏗'; \\connect other\nselect 1;\0").filter(({ kind }) => kind === 'refused')).toEqual([
      { kind: 'refused', why: expect.stringContaining('psql'), at: { line: 1, column: 13 } },
      { kind: 'refused', why: expect.stringContaining('NUL'), at: { line: 2, column: 10 } },
    ]);
  });
});
