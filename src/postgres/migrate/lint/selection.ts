import type { Node, RangeVar } from 'libpg-query';
import { tokensOf, type SqlToken } from '../../sql/grammar.ts';
import { nameOf, partsOf, within } from '../../sql/tree.ts';
import { CARRIERS } from './code.ts';

/** The rows that a DELETE or an UPDATE picks, as questions that only read. */
export interface Selection {
  readonly verb: 'DELETE' | 'UPDATE';
  readonly of: readonly string[];
  /** `SELECT FROM ... WHERE ...` of the rows that it picks, and of those that it leaves. */
  readonly picked: string;
  readonly left: string;
  /** Bare names of what the condition is made of, as the catalog has them. */
  readonly uses: {
    readonly functions: readonly string[];
    readonly operators: readonly string[];
    readonly types: readonly string[];
    readonly relations: readonly string[];
  };
}

/**
 * Every DELETE and UPDATE with a WHERE that a statement carries out, with its target. Those whose rows cannot be asked for, as
 * with `WHERE CURRENT OF`, are left out.
 *
 * @param sql the text that `statement` was parsed from.
 * @throws nothing of its own.
 */
export async function selectionsOf(statement: Node, sql: string): Promise<readonly Selection[]> {
  if (!CARRIERS.some((kind) => kind in statement)) return [];
  const deletes = [...within(statement, 'DeleteStmt')].map(
    (one) => ({ ...one, verb: 'DELETE', from: one.usingClause }) as const,
  );
  const updates = [...within(statement, 'UpdateStmt')].map(
    (one) => ({ ...one, verb: 'UPDATE', from: one.fromClause }) as const,
  );
  const picking = [...deletes, ...updates].filter(
    ({ whereClause }) => whereClause !== undefined && !('CurrentOfExpr' in whereClause),
  );
  if (picking.length === 0) return [];
  const spans = spansOf(await tokensOf(sql), sql);
  return picking.flatMap(({ verb, relation, whereClause, from }): Selection[] => {
    const span = spans.find((one) => one.verb === verb && contains(one, relation));
    if (span === undefined) return [];
    const { target, others, where } = span;
    const condition = others === null ? `(${where}\n)` : `EXISTS (SELECT FROM ${others}\n WHERE (${where}\n))`;
    return [
      {
        verb,
        of: partsOf(relation),
        picked: `SELECT FROM ${target}\n WHERE ${condition}`,
        left: `SELECT FROM ${target}\n WHERE ${condition} IS NOT TRUE`,
        uses: usesOf([whereClause, from]),
      },
    ];
  });
}

function usesOf(of: unknown): Selection['uses'] {
  const last = (names: readonly Node[] | undefined): readonly string[] => nameOf(names).slice(-1);
  return {
    functions: [
      ...[...within(of, 'FuncCall')].flatMap(({ funcname }) => last(funcname)),
      // What they come to depends on who asks.
      ...[...within(of, 'SQLValueFunction')].flatMap(({ op = '' }) => (/USER|ROLE/.test(op) ? ['current_user'] : [])),
    ],
    operators: [
      ...[...within(of, 'A_Expr')].flatMap(({ name }) => last(name)),
      ...[...within(of, 'SubLink')].flatMap(({ operName }) => last(operName)),
    ],
    types: [...within(of, 'TypeName')].flatMap(({ names }) => last(names)),
    relations: [...within(of, 'RangeVar')].flatMap(({ relname }) => relname ?? []),
  };
}

interface Span {
  readonly verb: 'DELETE' | 'UPDATE';
  /** In bytes. */
  readonly from: number;
  readonly to: number;
  readonly target: string;
  /** What stands in USING, or in the FROM of an UPDATE; null for nothing. */
  readonly others: string | null;
  readonly where: string;
}

function contains({ from, to }: Span, relation: RangeVar | undefined): boolean {
  const at = relation?.location ?? 0;
  return at >= from && at < to;
}

/** Where each of them stands: from its verb to the end of its level of parentheses, cut at its own keywords. */
function spansOf(tokens: readonly SqlToken[], sql: string): readonly Span[] {
  const bytes = Buffer.from(sql);
  return tokens.flatMap((token, index): Span[] => {
    const verb = token.keyword;
    const next = tokens[index + 1];
    if (next === undefined || !(verb === 'UPDATE' || (verb === 'DELETE' && next.keyword === 'FROM'))) return [];
    const first = index + (verb === 'DELETE' ? 2 : 1);
    const cuts: { readonly word: string; readonly at: number; readonly after: number }[] = [];
    let [depth, end] = [0, tokens.at(-1)?.end ?? 0];
    for (let at = first; at < tokens.length; at += 1) {
      const { text, keyword, start, end: after } = tokens[at] ?? token;
      if (text === ')' && depth === 0) {
        end = start;
        break;
      }
      if (text === '(') depth += 1;
      if (text === ')') depth -= 1;
      if (depth > 0 || !CUTS[verb].includes(keyword)) continue;
      // IS DISTINCT FROM
      if (keyword === 'FROM' && tokens[at - 1]?.keyword === 'DISTINCT') continue;
      cuts.push({ word: keyword, at: start, after });
    }
    const text = (from: number, to: number): string => bytes.subarray(from, to).toString('utf8').trim();
    const part = (words: readonly string[]): string | null => {
      const cut = cuts.find(({ word }) => words.includes(word));
      if (cut === undefined) return null;
      return text(cut.after, cuts.find(({ at }) => at > cut.at)?.at ?? end);
    };
    const where = part(['WHERE']);
    const start = tokens[first]?.start ?? 0;
    if (where === null) return [];
    const to = cuts[0]?.at ?? end;
    return [{ verb, from: start, to, target: text(start, to), others: part(['USING', 'FROM']), where }];
  });
}

const CUTS: Readonly<Record<Span['verb'], readonly string[]>> = {
  DELETE: ['USING', 'WHERE', 'RETURNING'],
  UPDATE: ['SET', 'FROM', 'WHERE', 'RETURNING'],
};
