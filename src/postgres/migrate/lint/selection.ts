import type { DeleteStmt, MergeStmt, Node, RangeVar, UpdateStmt, WithClause } from 'libpg-query';
import { tokensOf } from '../../sql/grammar.ts';
import { as, nameOf, partsOf, within } from '../../sql/tree.ts';
import { clausesOf, type Clauses, type Verb } from './clauses.ts';
import { CARRIERS } from './code.ts';
import { mergeConditions } from './merge-conditions.ts';
import { overwrites } from './overwrites.ts';

/** The rows that a statement picks to take them away, or to give them other values, as questions that only read. */
export interface Selection {
  readonly verb: Verb;
  readonly takes: 'rows' | 'values';
  readonly of: readonly string[];
  /** `SELECT FROM ... WHERE ...` of the rows that it picks, and of those that it leaves. */
  readonly picked: string;
  readonly left: string;
  /** Why nobody can ask so; absent where one can. */
  readonly why?: string;
  /** Bare names of what the condition is made of, as the catalog has them. */
  readonly uses: {
    readonly functions: readonly string[];
    readonly operators: readonly string[];
    readonly types: readonly string[];
    readonly relations: readonly string[];
  };
}

/** A selection with the columns that get a value which no row has a part in. */
interface Overwriting {
  readonly some: Selection;
  readonly columns: readonly string[];
}

/** A statement that picks rows, as it was parsed and as its text is cut. */
interface Picking<S> {
  readonly statement: S;
  readonly clauses: Clauses;
  /** What goes before the question: the statement's own WITH. */
  readonly head: string;
  /** Why its own text does not ask alone. */
  readonly why?: string;
}

/**
 * What every DELETE and UPDATE with a WHERE, and every MERGE, that a statement carries out picks. One row at a time, with
 * `WHERE CURRENT OF`, is left out.
 *
 * @param sql the text that `statement` was parsed from.
 * @throws nothing of its own.
 */
export async function selectionsOf(statement: Node, sql: string): Promise<readonly Overwriting[]> {
  if (!CARRIERS.some((kind) => kind in statement)) return [];
  const picks = ({ whereClause }: DeleteStmt | UpdateStmt): boolean =>
    whereClause !== undefined && !('CurrentOfExpr' in whereClause);
  const deletes = within(statement, 'DeleteStmt').filter(picks);
  const updates = within(statement, 'UpdateStmt').filter(picks);
  const merges = within(statement, 'MergeStmt');
  if (deletes.length + updates.length + merges.length === 0) return [];
  const all = clausesOf(await tokensOf(sql), sql);
  const named = namedBy(statement);
  const picking = <S extends Picked>(verb: Verb, one: S): Picking<S> => {
    const clauses = all.find((each) => each.verb === verb && contains(each, one.relation));
    if (clauses !== undefined) return { statement: one, clauses, ...headOf(one, clauses, sql, named) };
    const none = { verb, start: 0, from: 0, to: 0, target: '', parts: [] };
    return { statement: one, clauses: none, head: '', why: 'its text cannot be cut apart' };
  };
  return [
    ...deletes.map((one) => ofDelete(picking('DELETE', one))),
    ...updates.map((one) => ofUpdate(picking('UPDATE', one))),
    ...merges.flatMap((one) => ofMerge(picking('MERGE', one))),
  ];
}

interface Picked {
  readonly relation?: RangeVar | undefined;
  readonly withClause?: WithClause | undefined;
}

function contains({ from, to }: Clauses, relation: RangeVar | undefined): boolean {
  const at = relation?.location ?? 0;
  return at >= from && at < to;
}

/** What names of WITH mean goes before the question. @param named all that the whole statement has. */
function headOf(
  { withClause, ...one }: Picked,
  { start }: Clauses,
  sql: string,
  named: readonly string[],
): Pick<Picking<unknown>, 'head' | 'why'> {
  const inner = namedBy(one);
  const used = within(one, 'RangeVar')
    .flatMap(({ schemaname, relname = '' }) => (schemaname === undefined ? relname : []))
    .filter((name) => named.includes(name) && !inner.includes(name));
  if (used.length === 0) return { head: '' };
  const { location = 0, ctes = [] } = withClause ?? {};
  const queries = ctes.flatMap((cte) => as(cte, 'CommonTableExpr')?.ctequery ?? []);
  const own = namedBy(ctes);
  if (used.some((name) => !own.includes(name)) || queries.some((query) => !('SelectStmt' in query)))
    return { head: '', why: 'its condition looks at what WITH names' };
  return { head: `${Buffer.from(sql).subarray(location, start).toString('utf8')}\n` };
}

function namedBy(of: unknown): readonly string[] {
  return within(of, 'CommonTableExpr').flatMap(({ ctename }) => ctename ?? []);
}

function ofDelete({ statement, ...more }: Picking<DeleteStmt>): Overwriting {
  const { relation, whereClause, usingClause, withClause } = statement;
  const uses = usesOf([whereClause, usingClause, withClause]);
  return { some: selection(conditionOf(more.clauses), { ...more, takes: 'rows', relation, uses }), columns: [] };
}

function ofUpdate({ statement, ...more }: Picking<UpdateStmt>): Overwriting {
  const { relation, whereClause, fromClause, withClause, targetList } = statement;
  const uses = usesOf([whereClause, fromClause, withClause]);
  const some = selection(conditionOf(more.clauses), { ...more, takes: 'values', relation, uses });
  return { some, columns: overwrites(targetList) };
}

/** The WHERE; for rows of others, that there are any with which it holds. */
function conditionOf({ parts }: Clauses): string {
  const part = (...words: readonly string[]): string | undefined =>
    parts.find(({ word }) => words.includes(word))?.text;
  const others = part('USING', 'FROM');
  const where = `(${part('WHERE') ?? 'true'}\n)`;
  return others === undefined ? where : `EXISTS (SELECT FROM ${others}\n WHERE ${where})`;
}

function ofMerge({ statement, ...more }: Picking<MergeStmt>): readonly Overwriting[] {
  const { relation, sourceRelation, joinCondition, mergeWhenClauses, withClause } = statement;
  const conditions = (mergeWhenClauses ?? []).map((one) => as(one, 'MergeWhenClause')?.condition);
  const uses = usesOf([sourceRelation, joinCondition, conditions, withClause]);
  const { deleted, set } = mergeConditions(statement, more.clauses);
  const of = { ...more, relation, uses };
  return [
    ...(deleted === null ? [] : [{ some: selection(deleted, { ...of, takes: 'rows' }), columns: [] }]),
    ...[...set].map(([column, where]) => ({ some: selection(where, { ...of, takes: 'values' }), columns: [column] })),
  ];
}

function selection(
  condition: string,
  {
    clauses,
    head,
    why,
    takes,
    relation,
    uses,
  }: Omit<Picking<unknown>, 'statement'> & Pick<Selection, 'takes' | 'uses'> & Picked,
): Selection {
  const { verb, target } = clauses;
  return {
    ...{ verb, takes, of: partsOf(relation), uses },
    picked: `${head}SELECT FROM ${target}\n WHERE ${condition}`,
    left: `${head}SELECT FROM ${target}\n WHERE (${condition}) IS NOT TRUE`,
    ...(why === undefined ? {} : { why }),
  };
}

function usesOf(of: unknown): Selection['uses'] {
  const last = (names: readonly Node[] | undefined): readonly string[] => nameOf(names).slice(-1);
  return {
    functions: [
      ...within(of, 'FuncCall').flatMap(({ funcname }) => last(funcname)),
      // What they come to depends on who asks.
      ...within(of, 'SQLValueFunction').flatMap(({ op = '' }) => (/USER|ROLE/.test(op) ? ['current_user'] : [])),
    ],
    operators: [
      ...within(of, 'A_Expr').flatMap(({ name }) => last(name)),
      ...within(of, 'SubLink').flatMap(({ operName }) => last(operName)),
    ],
    types: within(of, 'TypeName').flatMap(({ names }) => last(names)),
    relations: within(of, 'RangeVar').flatMap(({ relname }) => relname ?? []),
  };
}
