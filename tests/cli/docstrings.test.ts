import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

const SOURCES = new URL('../../src/', import.meta.url);
const ON_ERRORS = /\bthrows\b|\brejects\b/i;
const PROMISED = /^(?:Promise|Async\w+)</;

/** Names of the exported functions of a file that are async and whose docstring says nothing of what they throw. */
function silent(path: string, text: string): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isFunctionDeclaration).flatMap((declared) => {
    const has = (kind: ts.SyntaxKind) => declared.modifiers?.some((modifier) => modifier.kind === kind) === true;
    const isAsync = has(ts.SyntaxKind.AsyncKeyword) || PROMISED.test(declared.type?.getText() ?? '');
    if (!has(ts.SyntaxKind.ExportKeyword) || !isAsync) return [];
    const said = ts.getJSDocCommentsAndTags(declared).some((comment) => ON_ERRORS.test(comment.getText()));
    return said ? [] : [`${path}: ${declared.name?.text ?? 'default'}`];
  });
}

test('every exported async function says in its docstring what it throws', async () => {
  const paths = (await readdir(SOURCES, { recursive: true })).filter((path) => path.endsWith('.ts'));
  const found = await Promise.all(
    paths.map(async (path) => silent(path, await readFile(new URL(path, SOURCES), 'utf8'))),
  );
  expect(paths.length).toBeGreaterThan(0);
  expect(found.flat().sort()).toEqual([]);
});

test('a function that says nothing of its errors is found, whichever way it is async', () => {
  const text = `
    /** Asks. */ export async function asks() {}
    /** Gives. */ export function gives(): Promise<void> {}
    export async function* tells() {}
    /** Takes. @throws Error always. */ export async function takes() {}
    /** Counts. */ export function counts(): number {}
    async function own() {}`;
  expect(silent('a.ts', text)).toEqual(['a.ts: asks', 'a.ts: gives', 'a.ts: tells']);
});
