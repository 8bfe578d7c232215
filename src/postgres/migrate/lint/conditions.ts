import type { Node } from 'libpg-query';
import { as, nameOf, within } from '../../sql/tree.ts';

/** What a WHERE says of the rows of a table, without looking at any. */
export type Extent =
  /** It holds for all of them, or, when it does not look at the rows, for all or none. */
  | { readonly rows: 'all' }
  /** It holds for all of them if these columns cannot be NULL. */
  | { readonly rows: 'all'; readonly unlessNull: readonly string[] }
  | { readonly rows: 'some' };

type Truth = { readonly is: true; readonly columns: readonly string[] } | { readonly is: false } | null;

const TRUE: Truth = { is: true, columns: [] };
const FALSE: Truth = { is: false };

/** @param table what is looked at, as the statement names it: for a subquery over the same table. */
export function extentOf(where: Node | undefined, table: readonly string[]): Extent {
  if (where === undefined) return { rows: 'all' };
  const truth = truthOf(where, table.at(-1) ?? '');
  if (truth?.is === true)
    return truth.columns.length === 0 ? { rows: 'all' } : { rows: 'all', unlessNull: truth.columns };
  if (truth?.is === false) return { rows: 'some' };
  // What looks at no column is the same for every row.
  const looks = 'CurrentOfExpr' in where || within(where, 'ColumnRef').length > 0;
  return looks && picks(where) ? { rows: 'some' } : { rows: 'all' };
}

/** What makes a condition pick rows by something that its author wrote down. */
const PICKS = ['ParamRef', 'NullTest', 'BooleanTest', 'CurrentOfExpr'] as const;

/** Tables compared with each other, or with themselves, may agree in all rows. */
function picks(where: Node): boolean {
  if (PICKS.some((kind) => within(where, kind).length > 0)) return true;
  // `EXISTS (SELECT 1 ...)` compares nothing with its 1.
  const shown = within(where, 'SelectStmt').flatMap(({ targetList }) => within(targetList, 'A_Const'));
  if (within(where, 'A_Const').some((constant) => !shown.includes(constant))) return true;
  return [...within(where, 'A_Expr'), ...within(where, 'SubLink')].length === 0;
}

/** Whether a condition is true or false whatever the row; null when that depends. */
function truthOf(node: Node, table: string): Truth {
  const constant = constantOf(node);
  if (constant !== undefined) return truthOfText(constant);
  const junction = as(node, 'BoolExpr');
  if (junction !== null) return ofJunction(junction.boolop, junction.args ?? [], table);
  const test = as(node, 'NullTest');
  if (test !== null) {
    const column = columnOf(test.arg);
    if (test.nulltesttype !== 'IS_NOT_NULL' || test.arg === undefined) return null;
    if (column !== null) return { is: true, columns: [column] };
    return typeof constantOf(test.arg) === 'string' ? TRUE : null;
  }
  const expression = as(node, 'A_Expr');
  if (expression !== null) return ofComparison(expression.kind, nameOf(expression.name).at(-1) ?? '', expression);
  const link = as(node, 'SubLink');
  return link === null ? null : ofSubquery(link.subLinkType, link.testexpr, link.subselect, table);
}

function ofJunction(operator: string | undefined, args: readonly Node[], table: string): Truth {
  const truths = args.map((arg) => truthOf(arg, table));
  if (operator === 'NOT_EXPR') {
    const [one = null] = truths;
    if (one === null) return null;
    return one.is ? FALSE : TRUE;
  }
  if (operator === 'OR_EXPR') {
    const held = truths.find((truth) => truth?.is === true && truth.columns.length === 0);
    if (held !== undefined) return held;
    if (bothWays(args)) return TRUE;
    return truths.find((truth) => truth?.is === true) ?? (truths.every((truth) => truth?.is === false) ? FALSE : null);
  }
  if (truths.some((truth) => truth?.is === false)) return FALSE;
  const columns: string[] = [];
  for (const truth of truths) {
    if (truth?.is !== true) return null;
    columns.push(...truth.columns);
  }
  return { is: true, columns };
}

/** `a IS NULL OR a IS NOT NULL`. */
function bothWays(args: readonly Node[]): boolean {
  const tests = args.flatMap((arg) => as(arg, 'NullTest') ?? []);
  const of = (type: string): readonly (string | null)[] =>
    tests.filter(({ nulltesttype }) => nulltesttype === type).map(({ arg }) => columnOf(arg));
  return of('IS_NULL').some((column) => column !== null && of('IS_NOT_NULL').includes(column));
}

interface Sides {
  readonly lexpr?: Node;
  readonly rexpr?: Node;
}

const SAME = ['=', '>=', '<='];

function ofComparison(kind: string | undefined, operator: string, { lexpr, rexpr }: Sides): Truth {
  if (lexpr === undefined || rexpr === undefined) return null;
  const [column, other] = [columnOf(lexpr), columnOf(rexpr)];
  if (column !== null && column === other && qualified(lexpr) === qualified(rexpr)) {
    if (kind === 'AEXPR_NOT_DISTINCT') return TRUE;
    return kind === 'AEXPR_OP' && SAME.includes(operator) ? { is: true, columns: [column] } : null;
  }
  if (column !== null && (kind === 'AEXPR_LIKE' || kind === 'AEXPR_ILIKE'))
    return operator !== '!~~' && /^%+$/.test(constantOf(rexpr) ?? '') ? { is: true, columns: [column] } : null;
  const [left, right] = [constantOf(lexpr), constantOf(rexpr)];
  if (kind !== 'AEXPR_OP' || typeof left !== 'string' || typeof right !== 'string') return null;
  const order = compared(left, right);
  const holds: Readonly<Record<string, boolean>> = {
    '=': order === 0,
    '<>': order !== 0,
    '<': order < 0,
    '>': order > 0,
    '<=': order <= 0,
    '>=': order >= 0,
  };
  const held = holds[operator];
  return held === undefined ? null : held ? TRUE : FALSE;
}

function compared(left: string, right: string): number {
  const [a, b] = [Number(left), Number(right)];
  if (Number.isNaN(a) || Number.isNaN(b)) return left === right ? 0 : left < right ? -1 : 1;
  return a - b;
}

/** `EXISTS (SELECT 1)` and `id IN (SELECT id FROM the same table)`. */
function ofSubquery(
  kind: string | undefined,
  test: Node | undefined,
  subquery: Node | undefined,
  table: string,
): Truth {
  const select = as(subquery, 'SelectStmt');
  if (select === null || select.whereClause !== undefined || select.limitCount !== undefined) return null;
  const from = select.fromClause ?? [];
  if (kind === 'EXISTS_SUBLINK') return from.length === 0 && select.op === 'SETOP_NONE' ? TRUE : null;
  if (kind !== 'ANY_SUBLINK' || from.length !== 1 || as(from[0], 'RangeVar')?.relname !== table) return null;
  const [target] = (select.targetList ?? []).flatMap((one) => as(one, 'ResTarget') ?? []);
  const column = columnOf(test);
  return column !== null && columnOf(target?.val) === column ? { is: true, columns: [column] } : null;
}

/** The column that an expression is; null when it is something else. */
export function columnOf(node: Node | undefined): string | null {
  const fields = as(node, 'ColumnRef')?.fields;
  return fields === undefined ? null : (nameOf(fields).at(-1) ?? null);
}

/** With the table that it is said to be of. */
function qualified(node: Node): string {
  return JSON.stringify(nameOf(as(node, 'ColumnRef')?.fields));
}

/** The text of a constant, casts left out; null for NULL, undefined for what is no constant. */
export function constantOf(node: Node | undefined): string | null | undefined {
  const cast = as(node, 'TypeCast');
  if (cast !== null) return constantOf(cast.arg);
  const constant = as(node, 'A_Const');
  if (constant === null) return undefined;
  if (constant.isnull === true) return null;
  if (constant.boolval !== undefined) return String(constant.boolval.boolval === true);
  if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
  return constant.fval?.fval ?? constant.sval?.sval ?? constant.bsval?.bsval ?? '';
}

function truthOfText(text: string | null): Truth {
  if (text === null) return FALSE;
  if (/^(?:t|tr|tru|true|y|ye|yes|on|1)$/i.test(text.trim())) return TRUE;
  return /^(?:f|fa|fal|fals|false|n|no|of|off|0)$/i.test(text.trim()) ? FALSE : null;
}
