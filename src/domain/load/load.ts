import type { Stage } from './arrivals.ts';

/** What a percentile may be at most. */
interface LatencyThreshold {
  readonly percentile: number;
  readonly atMostMs: number;
}

export interface Thresholds {
  readonly latency: readonly LatencyThreshold[];
  /** The share of requests that may fail, from 0 to 1. */
  readonly errors: number;
}

/** A load, in numbers. */
export interface Load {
  readonly stages: readonly Stage[];
  /** How many requests may be under way at once. */
  readonly connections: number;
  /** Whether a connection carries further requests after its first. */
  readonly reuse: boolean;
  /** How long an answer may take from when its request was sent. */
  readonly timeoutMs: number;
  /** What counts as an answer. */
  readonly status: number;
  readonly thresholds: Thresholds;
  /** From when on a threshold that does not hold ends the load; null where nothing does. */
  readonly abortFromMs: number | null;
}

/** What was seen of requests that were to be sent within one stretch of time. Times are milliseconds. */
export interface Stretch {
  /** When it begins, from the beginning of the load. */
  readonly fromMs: number;
  /** How many were to be sent. */
  readonly due: number;
  readonly answered: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

/** What a load came to. Latencies are milliseconds from when a request was to be sent to the last byte of its answer. */
export interface LoadResult {
  /** How many requests were to be sent until the load ended, whether by itself or before. */
  readonly due: number;
  readonly sent: number;
  readonly answered: number;
  /** Requests that have no answer, or another than is expected, by why. */
  readonly failed: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly percentiles: readonly (readonly [percentile: number, ms: number])[];
  readonly least: number;
  readonly mean: number;
  readonly most: number;
  /** Counts of latencies, by the highest of each bucket. */
  readonly histogram: readonly (readonly [ms: number, count: number])[];
  readonly curve: readonly Stretch[];
  readonly connectionsOpened: number;
  /** How much too late the generator itself was with 99 of 100 requests for which a connection was free. */
  readonly lateMs: number;
  /** Seconds of processor time that the generator took. */
  readonly cpuSeconds: number;
  /** Why it was ended before its time; null where it was not. */
  readonly aborted: string | null;
}

/** Percentiles that every result has. */
const ALWAYS = [50, 75, 90, 95, 99, 99.9];

export function percentilesOf({ thresholds }: Load): readonly number[] {
  const asked = thresholds.latency.map(({ percentile }) => percentile);
  return [...new Set([...ALWAYS, ...asked])].sort((a, b) => a - b);
}

/** What does not hold of the thresholds, each in words; empty where all hold. */
export function missedThresholds(
  { latency, errors }: Thresholds,
  seen: { readonly answered: number; readonly failed: number; readonly percentile: (of: number) => number },
): readonly string[] {
  const ended = seen.answered + seen.failed;
  const share = ended === 0 ? 0 : seen.failed / ended;
  return [
    ...(share > errors ? [`${shareWords(share)} of ${ended} requests failed, of at most ${shareWords(errors)}`] : []),
    ...latency.flatMap(({ percentile, atMostMs }) => {
      const ms = seen.percentile(percentile);
      return ms <= atMostMs ? [] : [`p${percentile} is ${millis(ms)}, of at most ${millis(atMostMs)}`];
    }),
  ];
}

/** All that speaks against a result; empty where nothing does. */
export function faultsOf({ thresholds }: Pick<Load, 'thresholds'>, result: LoadResult): readonly string[] {
  const { answered, aborted, percentiles } = result;
  const failed = failuresIn(result);
  if (answered + failed === 0) return ['no request was sent'];
  const known = new Map(percentiles);
  const percentile = (of: number) => known.get(of) ?? Infinity;
  const missed = missedThresholds(thresholds, { answered, failed, percentile });
  // What the thresholds say at the end may be better than what ended it: it was ended all the same.
  return missed.length === 0 && aborted !== null ? [aborted] : missed;
}

function failuresIn({ failed }: Pick<LoadResult, 'failed'>): number {
  return Object.values(failed).reduce((sum, count) => sum + count, 0);
}

/** `50/s for 10 s, from 50/s to 200/s in 20 s` */
export function stagesWords(stages: readonly Stage[]): string {
  return stages
    .map(({ from, to, ms }) =>
      from === to ? `${from}/s for ${ms / 1_000} s` : `from ${from}/s to ${to}/s in ${ms / 1_000} s`,
    )
    .join(', then ');
}

/** `p99 at most 250 ms, at most 1 % failed` */
export function thresholdsWords({ latency, errors }: Thresholds): string {
  return [
    ...latency.map(({ percentile, atMostMs }) => `p${percentile} at most ${millis(atMostMs)}`),
    `at most ${shareWords(errors)} failed`,
  ].join(', ');
}

/** `p50 1.2 ms, p99 8.4 ms, 600 answered, none failed` */
export function resultWords(result: LoadResult): string {
  const known = new Map(result.percentiles);
  const failed = failuresIn(result);
  return [
    `p50 ${millis(known.get(50) ?? 0)}, p99 ${millis(known.get(99) ?? 0)}`,
    `${result.answered} answered`,
    failed === 0 ? 'none failed' : `${failed} failed`,
  ].join(', ');
}

/** What was due in each stretch, in requests a second. The last stretch may be shorter: it is left as it is. */
export function perSecond(curve: readonly Stretch[]): readonly number[] {
  const seconds = ((curve[1]?.fromMs ?? 1_000) - (curve[0]?.fromMs ?? 0)) / 1_000;
  return curve.map(({ due }) => due / seconds);
}

function shareWords(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

function millis(ms: number): string {
  return `${Number(ms.toPrecision(3))} ms`;
}
