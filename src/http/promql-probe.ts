import { CLOCK } from '../clock.ts';
import { isObject, read, readList, readText } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import { demandedComparison } from '../domain/kinds/comparison.ts';
import type { ProbeSpec } from '../domain/kinds/probe.ts';
import { probeEngine } from '../domain/probing.ts';
import { judged, type Asking, type Reading } from '../domain/reading.ts';
import type { Resolved } from '../domain/reference.ts';
import type { StepEngine } from '../domain/step-engine.ts';
import { get, jsonOf, shownAddress, type RequestSettings } from './get.ts';
import type { ServerConnection } from './server-url.ts';

export type PromqlProbeSpec = Resolved<Extract<ProbeSpec, { protocol: 'promql' }>>;
type PromqlQuestion = Pick<PromqlProbeSpec, 'query'> & RequestSettings;

const PATH = '/api/v1/query';

/** `probe` with protocol `promql`: an instant query of Prometheus' HTTP API. */
export function promqlProbeEngine(connection: ServerConnection): StepEngine<PromqlProbeSpec> {
  return probeEngine(
    {
      label: (spec) => promqlLabel(connection, spec),
      expects: (spec) => ({ protocol: 'promql', is: demandedComparison(spec) }),
      ask: async (spec, context, ms) =>
        judged(await readPromql(connection, spec, { ...context, ms }), demandedComparison(spec)),
    },
    CLOCK,
  );
}

/** What is asked, without secrets. */
export function promqlLabel(connection: ServerConnection, { query }: Pick<PromqlProbeSpec, 'query'>): string {
  return `PromQL ${JSON.stringify(query)} at ${shownAddress(connection, '')}`;
}

/**
 * The one number that a query gives now (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries).
 *
 * @throws WindlassFailure, `asking.signal.reason`, as `get` does.
 */
export async function readPromql(
  connection: ServerConnection,
  spec: PromqlQuestion,
  asking: Asking & { readonly ms: number },
): Promise<Reading> {
  const path = `${PATH}?${new URLSearchParams({ query: spec.query }).toString()}`;
  const answer = await get(connection, { path, settings: spec }, asking, async (response): Promise<Reading> => {
    const json = await jsonOf(response);
    return 'unknown' in json ? json : numberIn(json.got, response.statusCode);
  });
  return 'unknown' in answer ? answer : answer.got;
}

function numberIn(answer: Json, status: number): Reading {
  if (readText(answer, 'status') !== 'success') {
    // Its text may repeat whatever was sent; its kind says what is wrong: `bad_data`, `timeout`, `execution`.
    const kind = readText(answer, 'errorType');
    if (status === 200 && kind === undefined)
      return { unknown: 'answered 200 with what is no answer of Prometheus’ API' };
    return { unknown: kind === undefined || !/^\w{1,40}$/.test(kind) ? `answered ${status}` : refusal(status, kind) };
  }
  // VictoriaMetrics as a cluster says so when some of its storage did not answer.
  if (read(answer, 'isPartial') === true)
    return { unknown: 'gave a partial answer: some of the storage did not answer' };
  const result = read(answer, 'data', 'result');
  switch (readText(answer, 'data', 'resultType')) {
    case 'scalar':
      return sampleOf(result);
    case 'vector': {
      const series = readList(answer, 'data', 'result');
      const [only] = series;
      if (only === undefined) return { unknown: 'gave no series' };
      if (series.length > 1) return { unknown: `gave ${series.length} series, where one number is asked for` };
      if (isObject(only) && only['value'] === undefined && only['histogram'] !== undefined)
        return { unknown: 'gave a histogram, where one number is asked for' };
      return sampleOf(read(only, 'value'));
    }
    case 'matrix':
      return { unknown: 'gave a range of values, where one number is asked for' };
    case 'string':
      return { unknown: 'gave a text, where one number is asked for' };
    default:
      return { unknown: 'answered 200 with what is no answer of Prometheus’ API' };
  }
}

function refusal(status: number, kind: string): string {
  const bad = kind === 'bad_data' || kind === '422' || kind === '400';
  return `answered ${status} (${kind})${bad ? ': the query cannot be understood or carried out' : ''}`;
}

/** A sample is a time and the number as a text, which may be `NaN`, `+Inf` or `-Inf`. */
function sampleOf(sample: Json | undefined): Reading {
  const text: unknown = Array.isArray(sample) ? (sample as readonly Json[])[1] : undefined;
  if (text === 'NaN') return { unknown: 'gave NaN, which is no number' };
  if (text === '+Inf' || text === '-Inf') return { value: text === '+Inf' ? Infinity : -Infinity };
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : NaN;
  return Number.isNaN(value) ? { unknown: 'answered 200 with what is no answer of Prometheus’ API' } : { value };
}
