import type { Expr } from './promql.ts';

/** Where an expression stands that gives no series. */
type Standing =
  /** What it is made of is there, and all of it is left out by comparisons: an alert that rests. */
  | { readonly state: 'rest' }
  /** Some of what it is made of is not there. */
  | { readonly state: 'missing'; readonly selectors: readonly Selector[] }
  /** All of it is there, and comes to nothing: joins without a match, rates of a single sample. */
  | { readonly state: 'nothing'; readonly text: string }
  /** All of it is there, and comes to no number, such as a quotient of zeros: VictoriaMetrics leaves these out. */
  | { readonly state: 'NaN'; readonly text: string };

export type Selector = Extract<Expr, { is: 'selector' }>;

type Found = Standing | { readonly state: 'data' };

/**
 * Looks for why an expression gives no series, from its selectors upwards.
 *
 * @param gives whether a part of it gives any series now.
 * @throws what `gives` throws.
 */
export async function standingOf(expr: Expr, gives: (text: string) => Promise<boolean>): Promise<Found> {
  switch (expr.is) {
    case 'constant':
      return { state: 'data' };
    case 'selector':
      return (await gives(expr.text)) ? { state: 'data' } : { state: 'missing', selectors: [expr] };
    case 'absent':
      return (await gives(expr.text)) ? { state: 'data' } : { state: 'rest' };
    case 'filter': {
      const parts = await ofParts(expr.of, gives);
      // What is no number compares with nothing.
      if (parts?.state === 'NaN') return { state: 'rest' };
      return parts ?? ((await gives(expr.text)) ? { state: 'data' } : { state: 'rest' });
    }
    case 'and':
    case 'unless':
      return (await ofParts(expr.of, gives)) ?? ((await gives(expr.text)) ? { state: 'data' } : { state: 'rest' });
    case 'or': {
      if (await gives(expr.text)) return { state: 'data' };
      return (await ofParts(expr.of, gives)) ?? { state: 'nothing', text: expr.text };
    }
    case 'arithmetic': {
      const parts = await ofParts(expr.of, gives);
      if (parts !== null) return parts;
      if (await gives(expr.text)) return { state: 'data' };
      const isNumber = expr.product === null || !(await gives(expr.product));
      return { state: isNumber ? 'nothing' : 'NaN', text: expr.text };
    }
    case 'function': {
      const parts = await ofParts(expr.of, gives);
      if (parts !== null) return parts;
      return (await gives(expr.text))
        ? { state: 'data' }
        : { state: expr.quantile ? 'NaN' : 'nothing', text: expr.text };
    }
  }
}

/** The worst of the parts: what is missing in any, then nothing, then no number, then what rests; null where all give data. */
async function ofParts(parts: readonly Expr[], gives: (text: string) => Promise<boolean>): Promise<Standing | null> {
  const found: Found[] = [];
  for (const part of parts) found.push(await standingOf(part, gives));
  const missing = found.flatMap((one) => (one.state === 'missing' ? one.selectors : []));
  if (missing.length > 0) return { state: 'missing', selectors: missing };
  const worst = (['nothing', 'NaN', 'rest'] as const).map((state) => found.find((one) => one.state === state));
  return (worst.find((one) => one !== undefined) as Standing | undefined) ?? null;
}
