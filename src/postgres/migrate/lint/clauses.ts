import type { SqlToken } from '../../sql/grammar.ts';

/** A statement that changes rows, as its text is cut at its own keywords. Offsets are bytes. */
export interface Clauses {
  readonly verb: Verb;
  /** Of the verb itself. */
  readonly start: number;
  /** Where its table is named. */
  readonly from: number;
  readonly to: number;
  readonly target: string;
  /** What stands behind each keyword up to the next, in order. */
  readonly parts: readonly { readonly word: string; readonly text: string }[];
}

export type Verb = 'DELETE' | 'UPDATE' | 'MERGE';

/** Each keyword that cuts, and the ones behind which it does; '' is the table. Anywhere else it belongs to an expression. */
const CUTS: Readonly<Record<Verb, Readonly<Record<string, readonly string[]>>>> = {
  DELETE: { USING: [''], WHERE: ['', 'USING'], RETURNING: ['', 'USING', 'WHERE'] },
  UPDATE: { SET: [''], FROM: ['SET'], WHERE: ['SET', 'FROM'], RETURNING: ['SET', 'FROM', 'WHERE'] },
  // A source that joins has conditions of its own: the last ON is that of MERGE.
  MERGE: {
    USING: [''],
    ON: ['USING', 'ON'],
    WHEN: ['ON', 'THEN'],
    AND: ['WHEN'],
    THEN: ['WHEN', 'AND'],
    RETURNING: ['THEN'],
  },
};

/** Words between a verb and its table. */
const BEFORE: Readonly<Record<Verb, string | null>> = { DELETE: 'FROM', UPDATE: null, MERGE: 'INTO' };

/** Every DELETE, UPDATE and MERGE of a text, at any depth. Words that only look like one are among them. */
export function clausesOf(tokens: readonly SqlToken[], sql: string): readonly Clauses[] {
  const bytes = Buffer.from(sql);
  const text = (from: number, to: number): string => bytes.subarray(from, to).toString('utf8').trim();
  return tokens.flatMap(({ keyword, start }, index): readonly Clauses[] => {
    if (!isVerb(keyword)) return [];
    const before = BEFORE[keyword];
    if (before !== null && tokens[index + 1]?.keyword !== before) return [];
    const first = index + (before === null ? 1 : 2);
    const from = tokens[first]?.start;
    if (from === undefined) return [];
    const { cuts, end } = cutsOf(keyword, tokens, first);
    const to = cuts[0]?.at ?? end;
    const parts = cuts.map(({ word, after }, n) => ({ word, text: text(after, cuts[n + 1]?.at ?? end) }));
    return [{ verb: keyword, start, from, to, target: text(from, to), parts }];
  });
}

function isVerb(keyword: string): keyword is Verb {
  return keyword in CUTS;
}

interface Cut {
  readonly word: string;
  readonly at: number;
  readonly after: number;
}

/** From the table to the end of its level of parentheses. */
function cutsOf(
  verb: Verb,
  tokens: readonly SqlToken[],
  first: number,
): { readonly cuts: readonly Cut[]; readonly end: number } {
  const cuts: Cut[] = [];
  // What is open: a word may be END without a CASE, as in `SELECT 1 AS end`.
  const open: string[] = [];
  for (const [index, { text, keyword, start, end }] of tokens.entries()) {
    if (index < first) continue;
    if (text === ')' && !open.includes('(')) return { cuts, end: start };
    if (text === '(' || keyword === 'CASE') open.push(text === '(' ? '(' : 'CASE');
    if (text === ')') open.length = open.lastIndexOf('(');
    if (keyword === 'END' && open.at(-1) === 'CASE') open.pop();
    if (open.length > 0 || CUTS[verb][keyword]?.includes(cuts.at(-1)?.word ?? '') !== true) continue;
    // IS DISTINCT FROM
    if (keyword === 'FROM' && tokens[index - 1]?.keyword === 'DISTINCT') continue;
    cuts.push({ word: keyword, at: start, after: end });
  }
  return { cuts, end: tokens.at(-1)?.end ?? 0 };
}
