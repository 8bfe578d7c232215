import type { Bundle } from '../domain/bundle.ts';
import { WindlassFailure } from '../domain/failure.ts';
import { LIMITS } from '../domain/limits.ts';
import { measureName, unknown, type MeasureReading } from '../domain/measured.ts';
import type { Measure } from '../domain/measure.ts';
import type { Asking, Reading } from '../domain/reading.ts';
import { httpLabel, readHttp } from '../http/http-probe.ts';
import { promqlLabel, readPromql } from '../http/promql-probe.ts';
import type { KubernetesClient } from '../kubernetes/client/client.ts';
import { concurrently } from '../kubernetes/concurrently.ts';
import { kubernetesLabel, readKubernetes } from '../kubernetes/probe.ts';
import { readS3, s3Label } from '../objectstore/probe.ts';
import { readSql, sqlLabel } from '../postgres/probe.ts';
import { Connections } from './connections.ts';
import type { Reach } from './reach.ts';

const ONE_MS = LIMITS.measureTime.most;
const ALL_MS = LIMITS.measuresTime.most;

/**
 * Reads the measures of a bundle, several at once, in the order of the bundle. What cannot be read is unknown, and says why.
 *
 * @param owner who asks, for the logs of servers.
 * @throws `signal.reason` once it aborts.
 */
export async function readMeasures(
  bundle: Pick<Bundle, 'targets' | 'measures'>,
  reach: Reach,
  { signal, owner }: Pick<Asking, 'signal' | 'owner'>,
): Promise<readonly MeasureReading[]> {
  const { measures = [] } = bundle;
  const all = AbortSignal.timeout(ALL_MS);
  const reader = new Reader(bundle, reach, owner, AbortSignal.any([signal, all]));
  const readings = new Map<string, MeasureReading>();
  try {
    await concurrently(measures, async (measure) => {
      readings.set(measure.name, all.aborted ? tooLate(measure) : await reader.read(measure, all));
    });
  } finally {
    await reader.close();
  }
  signal.throwIfAborted();
  return measures.map((measure) => readings.get(measure.name) ?? tooLate(measure));
}

/** What a measure asks whom; made before it is asked. */
interface Asked {
  readonly source: string;
  read(asking: Asking & { readonly ms: number }): Promise<Reading>;
}

class Reader {
  readonly #connections: Connections;
  readonly #reach: Reach;
  readonly #owner: Asking['owner'];
  readonly #signal: AbortSignal;
  /** One connection a cluster. */
  readonly #clusters = new Map<string, Promise<KubernetesClient>>();

  constructor(bundle: Pick<Bundle, 'targets'>, reach: Reach, owner: Asking['owner'], signal: AbortSignal) {
    this.#connections = new Connections(bundle, reach);
    this.#reach = reach;
    this.#owner = owner;
    this.#signal = signal;
  }

  async read(measure: Measure, all: AbortSignal): Promise<MeasureReading> {
    let source = `target ${measure.target}`;
    try {
      const asked = await this.#open(measure);
      source = asked.source;
      const asking = { signal: this.#signal, resolve: this.#reach.resolve, owner: this.#owner, ms: ONE_MS };
      return { ...readingOf(measure, await asked.read(asking)), source };
    } catch (error) {
      if (all.aborted) return tooLate(measure, source);
      this.#signal.throwIfAborted();
      return { ...measureName(measure), ...unknown(whyNot(error), now()), source };
    }
  }

  async close(): Promise<void> {
    for (const opening of this.#clusters.values()) await opening.then((api) => api.close()).catch(() => undefined);
  }

  async #open({ target, with: asked }: Measure): Promise<Asked> {
    switch (asked.protocol) {
      case 'kubernetes': {
        const api = await this.#cluster(target);
        return {
          source: kubernetesLabel(api.address, asked),
          read: (asking) => readKubernetes(api, asked, asking),
        };
      }
      case 'sql': {
        const connection = await this.#connections.postgres(target);
        return {
          source: sqlLabel(connection, asked),
          read: (asking) => readSql(connection, asked, { ...asking, as: 'number' }),
        };
      }
      case 's3': {
        const connection = await this.#connections.s3(target);
        return {
          source: `${asked.of} of ${s3Label(connection, asked)}`,
          read: (asking) => readS3(connection, asked, asking),
        };
      }
      case 'promql': {
        const connection = await this.#connections.address(target);
        return { source: promqlLabel(connection, asked), read: (asking) => readPromql(connection, asked, asking) };
      }
      case 'http': {
        const connection = await this.#connections.address(target);
        const of = asked.json.value ?? (asked.json.at === '' ? 'all' : asked.json.at) ?? '';
        return {
          source: `${of} of ${httpLabel(connection, asked)}`,
          read: (asking) => readHttp(connection, asked, asking),
        };
      }
    }
  }

  #cluster(target: string): Promise<KubernetesClient> {
    const opening = this.#clusters.get(target) ?? this.#connections.cluster(target);
    this.#clusters.set(target, opening);
    return opening;
  }
}

function readingOf(measure: Measure, reading: Reading): Omit<MeasureReading, 'source'> {
  if ('unknown' in reading) return { ...measureName(measure), ...unknown(reading.unknown, now()) };
  const value = numberIn(reading.value);
  if (value === null) return { ...measureName(measure), ...unknown('gave no number', now()) };
  const { how = 'real' } = reading;
  return { ...measureName(measure), value, ...(how === 'real' ? {} : { how }), time: now() };
}

/** Servers write numbers that JavaScript may not hold as texts; JSON has no infinite ones. */
function numberIn(value: number | string | boolean): number | null {
  if (typeof value === 'boolean' || (typeof value === 'string' && !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)))
    return null;
  return Number.isFinite(Number(value)) ? Number(value) : null;
}

function tooLate(measure: Measure, source = `target ${measure.target}`): MeasureReading {
  const why = `was not read: all measures together have ${String(ALL_MS / 1_000)} seconds`;
  return { ...measureName(measure), ...unknown(why, now()), source };
}

function whyNot(error: unknown): string {
  if (!(error instanceof WindlassFailure)) return 'could not be read: something unexpected happened';
  const { object } = error.options;
  return `could not be asked: ${object === undefined ? '' : `${object}: `}${error.message.replace(/\.$/, '')}`;
}

function now(): string {
  return new Date().toISOString();
}
