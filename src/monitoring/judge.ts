import type { QueryOutcome } from '../domain/evidence/monitoring.ts';
import { didYouMean } from '../domain/suggest.ts';
import { exporterOf, familiesOf } from './exporters.ts';
import type { Prometheus, Series } from './prometheus.ts';
import { metricsOf, parsePromql } from './promql.ts';
import { standingOf, type Selector } from './standing.ts';

/** What one query comes to. */
export interface Judged {
  readonly outcome: QueryOutcome;
  readonly series: number;
  readonly value: number | string | null;
  readonly why: string | null;
  /** Metrics that nobody emits. */
  readonly missing: readonly string[];
}

/** What is known of the live server and the rollout, beside the answer to a query. */
export interface Knowledge {
  readonly server: Prometheus;
  /** Every name of a metric that the server has; null where it does not say. */
  readonly names: ReadonlySet<string> | null;
  /** Where metrics are recorded by rules of the rollout, by name: `rules.yaml:12`. */
  readonly recorded: ReadonlyMap<string, string>;
}

/**
 * Asks a query whose variables are replaced.
 *
 * @throws WindlassFailure, the reason of the signal, as `Prometheus.query` does.
 */
export async function judgeQuery(text: string, knowledge: Knowledge): Promise<Judged> {
  const answer = await knowledge.server.query(text);
  if ('unknown' in answer) return { outcome: 'error', series: 0, value: null, why: answer.unknown, missing: [] };
  const { got } = answer;
  if (got.values.length === 0) return judgeEmpty(text, knowledge);
  const number = got.values.find((value) => !Number.isNaN(value));
  if (number === undefined) return { ...seen(got, null), outcome: 'NaN', why: 'gives NaN alone', missing: [] };
  const missing = unheardOf(text, knowledge);
  if (missing.length === 0) return { ...seen(got, number), outcome: 'data', why: null, missing };
  const why = `answers by its default alone: ${(await Promise.all(missing.map((one) => unemitted(one, knowledge)))).join('; ')}`;
  return { ...seen(got, number), outcome: 'default', why, missing };
}

function seen({ values }: Series, number: number | null): Pick<Judged, 'series' | 'value'> {
  return { series: values.length, value: number === null || Number.isFinite(number) ? number : String(number) };
}

/** Metrics of an expression that the server has never heard of. */
function unheardOf(text: string, { names }: Knowledge): readonly string[] {
  const expr = parsePromql(text);
  return expr === null || names === null ? [] : metricsOf(expr).filter((metric) => !names.has(metric));
}

async function judgeEmpty(text: string, knowledge: Knowledge): Promise<Judged> {
  const empty = { series: 0, value: null, missing: [] } as const;
  const expr = parsePromql(text);
  if (expr === null) return { ...empty, outcome: 'no series', why: 'gives no series' };
  const found = await standingOf(expr, async (part) => {
    const answer = await knowledge.server.query(part);
    return 'got' in answer && answer.got.values.length > 0;
  });
  switch (found.state) {
    case 'data':
      // It has just begun to.
      return { ...empty, outcome: 'no series', why: 'gave no series, though all of it is there' };
    case 'rest':
      return { ...empty, outcome: 'rest', why: null };
    case 'nothing':
      return {
        ...empty,
        outcome: 'no series',
        why: `\`${found.text}\` gives nothing, though all that it is made of is there`,
      };
    case 'NaN':
      return {
        ...empty,
        outcome: 'NaN',
        why: `\`${found.text}\` is no number: a quotient of zeros, or a quantile of nothing`,
      };
    case 'missing': {
      const reasons = await Promise.all(found.selectors.map((selector) => lacking(selector, knowledge)));
      const missing = found.selectors.flatMap(({ metric }) => metric ?? []);
      return { ...empty, outcome: 'no series', why: [...new Set(reasons)].join('; '), missing: [...new Set(missing)] };
    }
  }
}

async function lacking({ metric, text }: Selector, knowledge: Knowledge): Promise<string> {
  if (metric === null) return `nothing is chosen by \`${text}\``;
  if (knowledge.names?.has(metric) !== true) return unemitted(metric, knowledge);
  const now = await knowledge.server.query(`count(${metric})`);
  if ('got' in now && now.got.values.length > 0) return `${metric} has series, and none of them fits \`${text}\``;
  return `${metric} was emitted once, and is no longer (${await emitter(metric, knowledge)})`;
}

/** Who should have emitted a metric that is not there, and what it may have been meant to be. */
async function unemitted(metric: string, knowledge: Knowledge): Promise<string> {
  const near = didYouMean(metric, [...(knowledge.names ?? [])]);
  return `nobody emits ${metric}${near}: ${await emitter(metric, knowledge)}`;
}

async function emitter(metric: string, { server, recorded, names }: Knowledge): Promise<string> {
  const rule = recorded.get(metric);
  if (rule !== undefined) return `it should come from the recording rule at ${rule}`;
  const table = exporterOf(metric);
  const known = table === null ? [] : [`it should come from ${table}`];
  const family = familiesOf(metric).find((prefix) => [...(names ?? [])].some((name) => name.startsWith(prefix)));
  if (family === undefined) return [...known, 'nothing of its family is scraped'].join('; ');
  const jobs = await server.values('job', `{__name__=~"${family}.+"}`);
  const from = 'got' in jobs ? jobs.got : [];
  return [...known, ...(from.length === 0 ? [] : [`${family}* comes from job ${from.join(', ')}`])].join('; ');
}
