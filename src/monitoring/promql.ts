import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/**
 * An expression, as far as it matters for where its answer comes from. `text` is what a server can be asked for it as an
 * instant query.
 */
export type Expr =
  | { readonly is: 'constant'; readonly text: string }
  | {
      readonly is: 'selector';
      readonly text: string;
      /** Null where series are chosen by something else than one name. */
      readonly metric: string | null;
    }
  /** Leaves out what does not compare. */
  | { readonly is: 'filter'; readonly text: string; readonly of: readonly [Expr, Expr] }
  | { readonly is: 'and' | 'or' | 'unless'; readonly text: string; readonly of: readonly [Expr, Expr] }
  | {
      readonly is: 'arithmetic';
      readonly text: string;
      readonly of: readonly [Expr, Expr];
      /** Of a quotient the product, which is a number where that is none. */
      readonly product: string | null;
    }
  | { readonly is: 'absent'; readonly text: string; readonly of: readonly [Expr] }
  | {
      readonly is: 'function';
      readonly text: string;
      readonly of: readonly Expr[];
      /** Whether it may come to no number of numbers: a quantile of nothing. */
      readonly quantile: boolean;
    };

const COMPARISONS = new Set(['Eql', 'Gte', 'Gtr', 'Lte', 'Lss', 'Neq', 'TrimUpper', 'TrimLower']);
const SETS: Readonly<Record<string, 'and' | 'or' | 'unless'>> = { And: 'and', Or: 'or', Unless: 'unless' };
const WRAPS = new Set(['ParenExpr', 'UnaryExpr', 'StepInvariantExpr', 'SubqueryExpr', 'AnchoredExpr', 'SmoothedExpr']);

/**
 * Null for what is no PromQL. Functions that only VictoriaMetrics has are taken for functions of one's own; what else its
 * language knows more (`default`, `if`, `keep_metric_names`) is none.
 */
export function parsePromql(text: string): Expr | null {
  const first = soundTree(text) ?? soundTree(withKnownFunctions(text));
  return first === null ? null : exprOf(first, text);
}

/** The one expression of a text; null where there is an error in it. */
function soundTree(text: string): SyntaxNode | null {
  const top = parser.parse(text).topNode;
  const errors: number[] = [];
  top.cursor().iterate((node) => {
    if (node.type.isError) errors.push(node.from);
  });
  return errors.length > 0 ? null : (childrenOf(top)[0] ?? null);
}

/** Texts in quotes, and names before brackets. */
const CALLS = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\b([A-Za-z_]\w{2,})(?=\s*\()/g;
const KEYWORDS = new Set([
  'without',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'unless',
  'bool',
  'offset',
  'atan2',
]);
/** Of which the grammar knows that it is a function. */
const KNOWN = 'abs';

/** As long as it was, so that places stay what they are. */
function withKnownFunctions(text: string): string {
  return text.replaceAll(CALLS, (whole, name: string | undefined) => {
    if (name === undefined || KEYWORDS.has(name.toLowerCase()) || soundTree(`${name}(x)`) !== null) return whole;
    return KNOWN.padEnd(name.length);
  });
}

/** Every name of a metric in an expression, wherever it stands. */
export function metricsOf(expr: Expr): readonly string[] {
  if (expr.is === 'selector') return expr.metric === null ? [] : [expr.metric];
  return expr.is === 'constant' ? [] : [...new Set(expr.of.flatMap(metricsOf))];
}

function exprOf(node: SyntaxNode, source: string): Expr {
  const text = textOf(node, source);
  if (WRAPS.has(node.name)) return withText(innerOf(node, source), node, text);
  switch (node.name) {
    case 'VectorSelector':
      return { is: 'selector', text, metric: metricOf(node, source) };
    case 'MatrixSelector':
    case 'OffsetExpr':
      return selectorOr(node, source, text);
    case 'BinaryExpr':
      return binaryOf(node, source, text);
    case 'FunctionCall': {
      const name = textOf(node.getChild('FunctionIdentifier') ?? node, source).trim();
      const of = argumentsOf(node, source);
      const [first] = of;
      if (/^absent(_over_time)?$/i.test(name) && first !== undefined) return { is: 'absent', text, of: [first] };
      return of.every(({ is }) => is === 'constant')
        ? { is: 'constant', text }
        : { is: 'function', text, of, quantile: name === 'histogram_quantile' };
    }
    case 'AggregateExpr':
      return { is: 'function', text, of: argumentsOf(node, source), quantile: false };
    default:
      return { is: 'constant', text };
  }
}

/** A vector of the past, or of another time, is asked as the newest of it. */
function selectorOr(node: SyntaxNode, source: string, text: string): Expr {
  const inner = innerOf(node, source);
  if (inner.is !== 'selector')
    return inner.is === 'constant' ? { is: 'constant', text } : { is: 'function', text, of: [inner], quantile: false };
  const isRange = node.name === 'MatrixSelector' || node.getChild('MatrixSelector') !== null;
  return { ...inner, text: isRange ? `last_over_time(${text})` : text };
}

/** What is in brackets is asked as it stands, but a subquery is a range, which no instant query answers. */
function withText(inner: Expr, { name }: SyntaxNode, text: string): Expr {
  return name === 'SubqueryExpr' ? inner : { ...inner, text };
}

function binaryOf(node: SyntaxNode, source: string, text: string): Expr {
  const [left, right] = expressionsIn(node).map((child) => exprOf(child, source));
  if (left === undefined || right === undefined) return { is: 'constant', text };
  const of = [left, right] as const;
  const operator = childrenOf(node).map(({ name }) => name);
  const set = operator.map((name) => SETS[name]).find((one) => one !== undefined);
  if (set !== undefined) return { is: set, text, of };
  if (left.is === 'constant' && right.is === 'constant') return { is: 'constant', text };
  const isFilter = operator.some((name) => COMPARISONS.has(name)) && node.getChild('BoolModifier') === null;
  return isFilter ? { is: 'filter', text, of } : { is: 'arithmetic', text, of, product: productOf(node, source) };
}

function productOf(node: SyntaxNode, source: string): string | null {
  const sign = node.getChild('Div') ?? node.getChild('Mod');
  return sign === null ? null : `${source.slice(node.from, sign.from)}*${source.slice(sign.to, node.to)}`;
}

function argumentsOf(node: SyntaxNode, source: string): readonly Expr[] {
  const body = node.getChild('FunctionCallBody');
  return body === null ? [] : expressionsIn(body).map((child) => exprOf(child, source));
}

function innerOf(node: SyntaxNode, source: string): Expr {
  const [inner] = expressionsIn(node);
  return inner === undefined ? { is: 'constant', text: textOf(node, source) } : exprOf(inner, source);
}

function metricOf(node: SyntaxNode, source: string): string | null {
  const name = node.getChild('Identifier');
  if (name !== null) return textOf(name, source);
  const matchers = textOf(node, source);
  const named = /__name__\s*=\s*(["'`])([^"'`]+)\1/.exec(matchers)?.[2];
  return named ?? null;
}

function expressionsIn(node: SyntaxNode): readonly SyntaxNode[] {
  return childrenOf(node).filter(({ type }) => type.is('Expr'));
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

function textOf({ from, to }: SyntaxNode, source: string): string {
  return source.slice(from, to);
}
