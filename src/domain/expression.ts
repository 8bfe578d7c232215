import { Environment } from '@marcbachmann/cel-js';
import type { Json } from './json.ts';
import { LIMITS } from './limits.ts';
import { quantityOf } from './quantity.ts';

/**
 * Expressions that rollouts may hold: the Common Expression Language (CEL), as in Kubernetes' own validation rules. The
 * object in question is `self`; nothing else can be reached, and nothing can be changed.
 */

/** What a function of ours says of its arguments, without their values. */
class Misuse extends TypeError {}

/** A Kubernetes quantity, as the library for quantities that Kubernetes adds to CEL has it. */
class Quantity {
  readonly amount: number;

  constructor(amount: number) {
    this.amount = amount;
  }
}

const ENVIRONMENT = new Environment({
  unlistedVariablesAreDyn: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: LIMITS.expression.most, maxDepth: LIMITS.expressionDepth.most },
})
  .registerVariable('self', 'dyn')
  .registerType('Quantity', { ctor: Quantity, fields: {} })
  .registerFunction('list.sum(): dyn', sum)
  .registerFunction('quantity(string): Quantity', quantity)
  .registerFunction('Quantity.asInteger(): int', integer)
  .registerFunction('Quantity.asApproximateFloat(): double', ({ amount }: Quantity) => amount);

/** Of the library for lists that Kubernetes adds to CEL; the sum of nothing is 0. */
function sum(items: readonly unknown[]): bigint | number {
  const numbers = items.filter((item) => typeof item === 'bigint' || typeof item === 'number');
  if (numbers.length < items.length) throw new Misuse('sum() adds numbers');
  return numbers.every((item) => typeof item === 'bigint')
    ? numbers.reduce((a, b) => a + b, 0n)
    : numbers.reduce<number>((a, b) => a + Number(b), 0);
}

function quantity(text: string): Quantity {
  const amount = quantityOf(text);
  if (amount === null) throw new Misuse('quantity() takes a Kubernetes quantity such as 500m or 2Gi');
  return new Quantity(amount);
}

function integer({ amount }: Quantity): bigint {
  if (!Number.isSafeInteger(amount)) throw new Misuse('asInteger() takes a quantity that is a whole number');
  return BigInt(amount);
}

/** What an expression is for: a truth, a number, or a value of either kind or a text. */
export type Gives = 'truth' | 'number' | 'value';

const TYPES: Readonly<Record<Gives, readonly string[]>> = {
  truth: ['bool'],
  number: ['int', 'uint', 'double'],
  value: ['bool', 'int', 'uint', 'double', 'string'],
};
const NAMES: Readonly<Record<Gives, string>> = {
  truth: 'a truth',
  number: 'a number',
  value: 'a number, a text or a truth',
};

/** What an expression says of an object: a truth, or why it says none. */
type Answer = { readonly holds: boolean } | { readonly unclear: string };

export interface Expression {
  readonly source: string;
  of(self: Json): Answer;
}

/** What an expression makes of an object, or why it makes nothing of it. */
type Made<T> = { readonly value: T } | { readonly unclear: string };

/** What is wrong with an expression, with the column (from 1) of its line; null when nothing is. */
export function expressionProblem(source: string, gives: Gives = 'truth'): string | null {
  try {
    const { valid, type, error } = ENVIRONMENT.parse(source).check();
    if (!valid) return problemOf(source, error);
    // What `self` holds is not known before there is one.
    return type === undefined || type === 'dyn' || TYPES[gives].includes(type)
      ? null
      : `gives a value of type ${type}, not ${NAMES[gives]}`;
  } catch (error) {
    return problemOf(source, error);
  }
}

/** @throws RangeError for an expression with a problem: those are refused where they are read. */
export function compileExpression(source: string): Expression {
  const evaluate = compiled(source, 'truth');
  return {
    source,
    of: (self) => {
      const made = evaluate(self);
      if ('unclear' in made) return made;
      return typeof made.value === 'boolean'
        ? { holds: made.value }
        : { unclear: `it gives no truth (${typeof made.value})` };
    },
  };
}

/**
 * An expression that gives a number, a text or a truth.
 *
 * @throws RangeError as `compileExpression`.
 */
export function compileValue(source: string, gives: Gives): (self: Json) => Made<number | string | boolean> {
  const evaluate = compiled(source, gives);
  return (self) => {
    const made = evaluate(self);
    if ('unclear' in made) return made;
    // Whole numbers beyond 2^53 lose their last digits: these are counts, and not ids.
    const value = typeof made.value === 'bigint' ? Number(made.value) : made.value;
    const fits = gives === 'truth' ? typeof value === 'boolean' : typeof value === 'number';
    const other = gives === 'value' && (typeof value === 'string' || typeof value === 'boolean');
    return fits || other
      ? { value: value as number | string | boolean }
      : { unclear: `it does not give ${NAMES[gives]} (${value === null ? 'null' : typeof value})` };
  };
}

function compiled(source: string, gives: Gives): (self: Json) => Made<unknown> {
  const problem = expressionProblem(source, gives);
  if (problem !== null) throw new RangeError(`${source}: ${problem}`);
  const evaluate = ENVIRONMENT.parse(source);
  return (self) => {
    try {
      return { value: evaluate({ self: asValue(self) }) as unknown };
    } catch (error) {
      return { unclear: problemOf(source, error) };
    }
  };
}

function problemOf(source: string, error: unknown): string {
  if (error instanceof Misuse) return error.message;
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
