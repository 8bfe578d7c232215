import type { Prometheus } from './prometheus.ts';
import { metricsOf, parsePromql } from './promql.ts';
import type { Board, Variable } from './read/board.ts';
import { builtIn, filtered, namesIn, sourceOf, standsFor, substituted, type StandsFor } from './variables.ts';

/** What the variables of a board stand for on the live server. */
export interface BoardValues {
  readonly standings: ReadonlyMap<string, StandsFor>;
  /** Why variables have no value, by name. */
  readonly without: ReadonlyMap<string, Valueless>;
}

interface Valueless {
  readonly why: string;
  /** Metrics whose labels would give it values. */
  readonly metrics: readonly string[];
}

/**
 * Asks for the values of a board's variables, those first that others name.
 *
 * @param scrapeSeconds between two scrapes.
 * @throws WindlassFailure, the reason of the signal, as `Prometheus.query` does.
 */
export async function valuesOf(board: Board, server: Prometheus, scrapeSeconds: number): Promise<BoardValues> {
  const standings = new Map(builtIn(board, scrapeSeconds, Date.now()));
  const without = new Map<string, Valueless>();
  let left = [...board.variables];
  while (left.length > 0) {
    const names = new Set(left.map(({ name }) => name));
    const ready = left.filter((one) => namesIn(one.query).every((name) => name === one.name || !names.has(name)));
    // Those that name each other are asked as they are written.
    const now = ready.length > 0 ? ready : left;
    for (const variable of now) {
      const query = substituted(variable.query, standings, 0);
      const unset = namesIn(query).flatMap((name) => without.get(name) ?? []);
      const answers = unset.length > 0 ? { why: unset[0]?.why ?? '' } : await answersOf(variable, query, server);
      if (answers === null) continue;
      if ('why' in answers) {
        without.set(variable.name, { why: answers.why, metrics: unset[0]?.metrics ?? metricsIn(variable, query) });
        continue;
      }
      const values = filtered(variable, answers.values);
      if (values.length === 0) {
        const why =
          answers.values.length === 0 ? `\`${query}\` gives none` : `none of ${answers.values.length} fits its regex`;
        without.set(variable.name, { why, metrics: metricsIn(variable, query) });
      } else standings.set(variable.name, standsFor(variable, values));
    }
    left = left.filter((one) => !now.includes(one));
  }
  return { standings, without };
}

/** Null for what stands in no query. */
async function answersOf(
  variable: Variable,
  query: string,
  server: Prometheus,
): Promise<{ readonly values: readonly string[] } | { readonly why: string } | null> {
  const source = sourceOf(variable, query);
  switch (source.from) {
    case 'text':
      return { values: source.values };
    case 'nothing':
      return null;
    case 'unknown':
      return { why: source.why };
    case 'label':
      return answered(await server.values(source.label, source.of));
    case 'labels':
      return answered(await server.labels());
    case 'names':
      return answered(await server.values('__name__', `{__name__=~"${source.pattern.replaceAll('"', '\\"')}"}`));
    case 'result': {
      const answer = await server.query(source.expr);
      if ('unknown' in answer) return { why: answer.unknown };
      const { labels, values } = answer.got;
      // As Grafana lists results: the series, its value and a time, of which a regex takes what it wants.
      return { values: labels.map((of, at) => `${seriesText(of)} ${String(values[at])} 0`) };
    }
  }
}

function answered(
  answer: { readonly got: readonly string[] } | { readonly unknown: string },
): { readonly values: readonly string[] } | { readonly why: string } {
  return 'unknown' in answer ? { why: answer.unknown } : { values: answer.got };
}

function seriesText(labels: Readonly<Record<string, unknown>>): string {
  const { __name__: name = '', ...others } = labels;
  const pairs = Object.entries(others).map(([key, value]) => `${key}="${String(value)}"`);
  return `${String(name)}{${pairs.join(',')}}`;
}

function metricsIn(variable: Variable, query: string): readonly string[] {
  const source = sourceOf(variable, query);
  const text = source.from === 'label' ? source.of : source.from === 'result' ? source.expr : null;
  const expr = text === null ? null : parsePromql(text);
  return expr === null ? [] : metricsOf(expr);
}
