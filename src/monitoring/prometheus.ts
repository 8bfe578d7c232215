import { CLOCK } from '../clock.ts';
import { isObject, read, readList, readText, readTexts } from '../domain/json-fields.ts';
import type { Json } from '../domain/json.ts';
import type { Asking } from '../domain/reading.ts';
import { get, jsonOf, type Answered, type RequestSettings } from '../http/get.ts';
import type { ServerConnection } from '../http/server-url.ts';

/** How long one question may take, in milliseconds. */
const ANSWER_MS = 15_000;

/** What an instant query gives. */
export interface Series {
  /** The labels of each series; of a scalar none. */
  readonly labels: readonly Readonly<Record<string, Json>>[];
  readonly values: readonly number[];
}

/** A server that speaks Prometheus' API. What it cannot or will not answer is `unknown`, as the rest of a sentence. */
export class Prometheus {
  readonly #connection: ServerConnection;
  readonly #settings: RequestSettings;
  readonly #asking: Asking;
  readonly #given = new Map<string, Promise<Answered<Series>>>();

  constructor(connection: ServerConnection, settings: RequestSettings, asking: Asking) {
    this.#connection = connection;
    this.#settings = settings;
    this.#asking = asking;
  }

  /**
   * An instant query. Asked once, whoever asks it again of the same object.
   *
   * @throws WindlassFailure, `asking.signal.reason`, as `get` does.
   */
  query(query: string): Promise<Answered<Series>> {
    const asked = this.#given.get(query) ?? this.#ask('query', { query }, seriesIn);
    this.#given.set(query, asked);
    return asked;
  }

  /**
   * How the first series of a query went until now: a number for each of so many even steps, null where it had none. Throws as `query`.
   *
   * @param over seconds.
   */
  async curve(query: string, over: number, steps: number): Promise<Answered<readonly (number | null)[]>> {
    const step = over / (steps - 1);
    const end = CLOCK.now() / 1_000;
    const fields = { query, start: String(end - over), end: String(end), step: String(step) };
    return this.#ask('query_range', fields, (data) => {
      const curve = new Array<number | null>(steps).fill(null);
      for (const sample of readList(readList(data, 'result')[0], 'values')) {
        const at = Array.isArray(sample) ? Number((sample as readonly Json[])[0]) : NaN;
        const place = Math.round((at - (end - over)) / step);
        const value = numberIn(sample);
        if (place >= 0 && place < steps && Number.isFinite(value)) curve[place] = value;
      }
      return curve;
    });
  }

  /** The values of a label, of all series or those that a selector chooses. Throws as `query`. */
  values(label: string, of: string | null): Promise<Answered<readonly string[]>> {
    const fields = of === null ? {} : { 'match[]': of };
    return this.#ask(`label/${encodeURIComponent(label)}/values`, fields, (data) => readTexts({ data }, 'data'));
  }

  /** The names of all labels. Throws as `query`. */
  labels(): Promise<Answered<readonly string[]>> {
    return this.#ask('labels', {}, (data) => readTexts({ data }, 'data'));
  }

  /** What is scraped now. Throws as `query`. */
  targets(): Promise<Answered<readonly Json[]>> {
    return this.#ask('targets', { state: 'active' }, (data) => readList(data, 'activeTargets'));
  }

  /** The groups of rules that are evaluated. Throws as `query`. */
  ruleGroups(): Promise<Answered<readonly Json[]>> {
    return this.#ask('rules', {}, (data) => readList(data, 'groups'));
  }

  async #ask<T>(
    path: string,
    fields: Readonly<Record<string, string>>,
    use: (data: Json) => T | undefined,
  ): Promise<Answered<T>> {
    const search = new URLSearchParams(fields).toString();
    const answer = await get(
      this.#connection,
      { path: `/api/v1/${path}${search === '' ? '' : `?${search}`}`, settings: this.#settings },
      { ...this.#asking, ms: ANSWER_MS },
      async (response): Promise<Answered<T>> => {
        const json = await jsonOf(response);
        return 'unknown' in json ? json : dataOf(json.got, response.statusCode, use);
      },
    );
    return 'unknown' in answer ? answer : answer.got;
  }
}

function dataOf<T>(json: Json, status: number, use: (data: Json) => T | undefined): Answered<T> {
  if (readText(json, 'status') !== 'success') {
    // Its text may repeat whatever was sent; its kind says what is wrong.
    const kind = readText(json, 'errorType');
    return { unknown: `answered ${status}${kind === undefined || !/^\w{1,40}$/.test(kind) ? '' : ` (${kind})`}` };
  }
  if (read(json, 'isPartial') === true) return { unknown: 'gave a partial answer: some of the storage did not answer' };
  const data = use(read(json, 'data') ?? null);
  return data === undefined
    ? { unknown: `answered ${status} with what is no answer of Prometheus’ API` }
    : { got: data };
}

function seriesIn(data: Json): Series | undefined {
  switch (readText(data, 'resultType')) {
    case 'scalar':
      return { labels: [{}], values: [numberIn(read(data, 'result'))] };
    case 'string':
      return { labels: [{}], values: [0] };
    case 'vector': {
      const series = readList(data, 'result');
      return {
        labels: series.map((one) => labelsOf(read(one, 'metric'))),
        // A histogram has no one number, and is there all the same.
        values: series.map((one) => (read(one, 'histogram') === undefined ? numberIn(read(one, 'value')) : 0)),
      };
    }
    case 'matrix': {
      const series = readList(data, 'result');
      return {
        labels: series.map((one) => labelsOf(read(one, 'metric'))),
        values: series.map((one) => numberIn(readList(one, 'values').at(-1))),
      };
    }
    default:
      return undefined;
  }
}

function labelsOf(metric: Json | undefined): Readonly<Record<string, Json>> {
  return isObject(metric) ? metric : {};
}

/** A sample is a time and the number as a text. */
function numberIn(sample: Json | undefined): number {
  const text: unknown = Array.isArray(sample) ? (sample as readonly Json[])[1] : undefined;
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(typeof text === 'string' ? text : NaN);
}
