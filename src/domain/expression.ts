import { Environment } from '@marcbachmann/cel-js';
import type { Json } from './json.ts';

/**
 * Expressions that rollouts may hold: the Common Expression Language (CEL), as in Kubernetes' own validation rules. The
 * object in question is `self`; nothing else can be reached, and nothing can be changed.
 */

const ENVIRONMENT = new Environment({
  unlistedVariablesAreDyn: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: 1_000, maxDepth: 50 },
})
  .registerVariable('self', 'dyn')
  .registerFunction('list.sum(): dyn', sum);

/** Of the library for lists that Kubernetes adds to CEL; the sum of nothing is 0. */
function sum(items: readonly unknown[]): bigint | number {
  const numbers = items.filter((item) => typeof item === 'bigint' || typeof item === 'number');
  if (numbers.length < items.length) throw new TypeError('sum() adds numbers');
  return numbers.every((item) => typeof item === 'bigint')
    ? numbers.reduce((a, b) => a + b, 0n)
    : numbers.reduce<number>((a, b) => a + Number(b), 0);
}

/** What an expression says of an object: a truth, or why it says none. */
type Answer = { readonly holds: boolean } | { readonly unclear: string };

export interface Expression {
  readonly source: string;
  of(self: Json): Answer;
}

/** What is wrong with an expression, with the column (from 1) of its line; null when nothing is. */
export function expressionProblem(source: string): string | null {
  try {
    const { valid, type, error } = ENVIRONMENT.parse(source).check();
    if (!valid) return problemOf(source, error);
    // What `self` holds is not known before there is one.
    return type === undefined || type === 'bool' || type === 'dyn'
      ? null
      : `gives a value of type ${type}, not a truth`;
  } catch (error) {
    return problemOf(source, error);
  }
}

/** @throws RangeError for an expression with a problem: those are refused where they are read. */
export function compileExpression(source: string): Expression {
  const problem = expressionProblem(source);
  if (problem !== null) throw new RangeError(`${source}: ${problem}`);
  const evaluate = ENVIRONMENT.parse(source);
  return {
    source,
    of: (self) => {
      try {
        const value: unknown = evaluate({ self: asValue(self) });
        return typeof value === 'boolean' ? { holds: value } : { unclear: `it gives no truth (${typeof value})` };
      } catch (error) {
        return { unclear: problemOf(source, error) };
      }
    },
  };
}

function problemOf(source: string, error: unknown): string {
  const { summary, range } = error as { summary?: unknown; range?: { start?: unknown } };
  const start = typeof range?.start === 'number' ? Math.min(range.start, source.length) : null;
  const message = typeof summary === 'string' ? summary : 'cannot be read';
  if (start === null) return message;
  const before = source.slice(0, start).split('\n');
  const line = before.length > 1 ? `line ${before.length}, ` : '';
  return `${line}column ${(before.at(-1)?.length ?? 0) + 1}: ${message}`;
}

/** JSON does not tell whole numbers from others; CEL does. */
function asValue(json: Json): unknown {
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(asValue);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, asValue(value)]));
}
