import { arrivalsOf, type Arrivals } from '../../domain/load/arrivals.ts';
import { LatencyHistogram } from '../../domain/load/histogram.ts';
import { missedThresholds, percentilesOf, type Load, type LoadResult, type Stretch } from '../../domain/load/load.ts';
import { LoadConnection, type Outcome, type Wire } from './connection.ts';

/** How many points a curve has at most. */
const POINTS = 120;
const LOOK_MS = 1_000;
const SWEEP_MS = 50;
const NOT_SENT = 'were not sent: every connection was busy';
const TOO_LONG = 'were not answered in time';

/** How far a load is. */
export interface LoadProgress {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  /** Milliseconds. */
  readonly p99: number;
}

interface Running {
  readonly connection: LoadConnection;
  /** Milliseconds after the beginning. */
  readonly due: number;
  readonly sentAt: number;
  readonly again: boolean;
}

/**
 * Sends requests when they are due, whatever became of those before, and counts each latency from when its request was due: what
 * waits for a connection, because the server is slow, is slow (no coordinated omission). Of requests that failed no latency is
 * counted, so that a server gets no faster by failing.
 */
export class LoadGenerator {
  readonly #load: Load;
  readonly #wire: Wire;
  readonly #request: Buffer;
  readonly #arrivals: Arrivals;
  readonly #idle: LoadConnection[] = [];
  readonly #running = new Map<LoadConnection, Running>();
  readonly #latencies = new LatencyHistogram();
  readonly #late = new LatencyHistogram();
  readonly #failed = new Map<string, number>();
  readonly #stretches: { due: number; failed: number; readonly latencies: LatencyHistogram }[];
  readonly #stretchMs: number;
  /** Requests whose connection was closed under them by a server that had not read them. */
  readonly #again: number[] = [];
  #timer: NodeJS.Timeout | null = null;
  #open = 0;
  #opened = 0;
  #next = 0;
  #failures = 0;
  #began = 0;
  #stopped: string | null = null;
  #stoppedAt: number | null = null;
  #finish: () => void = () => undefined;

  constructor(load: Load, wire: Wire) {
    this.#load = load;
    this.#wire = wire;
    this.#request = Buffer.from(wire.request, 'latin1');
    this.#arrivals = arrivalsOf(load.stages);
    this.#stretchMs = Math.max(1_000, Math.ceil(this.#arrivals.ms / POINTS));
    this.#stretches = Array.from({ length: Math.max(1, Math.ceil(this.#arrivals.ms / this.#stretchMs)) }, () => ({
      due: 0,
      failed: 0,
      latencies: new LatencyHistogram(),
    }));
  }

  /** Carries the load; never rejects. @param tell is told about once a second how far it is. */
  async run(tell: (progress: LoadProgress) => void): Promise<LoadResult> {
    const cpu = process.threadCpuUsage();
    this.#began = performance.now();
    const over = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    const look = setInterval(() => {
      this.#look();
      tell(this.progress());
    }, LOOK_MS);
    const sweep = setInterval(() => {
      this.#sweep();
    }, SWEEP_MS);
    this.#pump();
    await over;
    clearInterval(look);
    clearInterval(sweep);
    if (this.#timer !== null) clearTimeout(this.#timer);
    const took = this.#now();
    for (const connection of this.#idle.splice(0)) connection.close();
    const { user, system } = process.threadCpuUsage(cpu);
    return this.#result(took / 1_000, (user + system) / 1_000_000);
  }

  /** Sends no more; what is under way is given up. */
  stop(why: string): void {
    if (this.#stopped !== null) return;
    this.#stopped = why;
    this.#stoppedAt = this.#now();
    for (const { connection } of [...this.#running.values()]) connection.close();
    this.#running.clear();
    this.#finish();
  }

  progress(): LoadProgress {
    const { count } = this.#latencies;
    return {
      sent: this.#next,
      answered: count,
      failed: this.#failures,
      p99: this.#latencies.percentile(99) / 1_000,
    };
  }

  #now(): number {
    return performance.now() - this.#began;
  }

  /** Sends all that is due and has a connection, and comes again when the next is due. */
  readonly #pump = (): void => {
    if (this.#stopped !== null) return;
    while (this.#again.length > 0 && this.#hasConnection()) this.#send(this.#again.shift() ?? 0, true);
    const { total } = this.#arrivals;
    while (this.#next < total) {
      const due = this.#arrivals.at(this.#next);
      const ms = due - this.#now();
      if (ms > 0) {
        this.#timer ??= setTimeout(() => {
          this.#timer = null;
          this.#pump();
        }, ms);
        return;
      }
      if (!this.#hasConnection()) return;
      this.#next += 1;
      this.#stretchAt(due).due += 1;
      this.#late.record(-ms * 1_000);
      this.#send(due, false);
    }
    if (this.#running.size === 0 && this.#again.length === 0) this.#finish();
  };

  #hasConnection(): boolean {
    return this.#idle.length > 0 || this.#open < this.#load.connections;
  }

  #send(due: number, again: boolean): void {
    // The one that was used last: those that a server has closed for idleness are at the other end.
    const connection = this.#idle.pop() ?? this.#connect();
    this.#running.set(connection, { connection, due, sentAt: this.#now(), again });
    connection.send();
  }

  #connect(): LoadConnection {
    this.#open += 1;
    this.#opened += 1;
    const connection: LoadConnection = new LoadConnection(
      this.#wire,
      this.#request,
      (outcome) => {
        this.#ended(connection, outcome);
      },
      () => {
        this.#open -= 1;
        const at = this.#idle.indexOf(connection);
        if (at >= 0) this.#idle.splice(at, 1);
      },
    );
    return connection;
  }

  #ended(connection: LoadConnection, outcome: Outcome): void {
    const running = this.#running.get(connection);
    if (running === undefined) return;
    this.#running.delete(connection);
    const { due, again } = running;
    if ('failed' in outcome) {
      // A server may close what it thinks idle just as a request is sent; nobody has read that (RFC 9112, 9.3.1).
      if (!outcome.fresh && !again && this.#load.reuse) this.#again.push(due);
      else this.#fail(due, outcome.failed);
    } else {
      const { status, reusable } = outcome;
      if (status === this.#load.status) {
        const micros = (this.#now() - due) * 1_000;
        this.#latencies.record(micros);
        this.#stretchAt(due).latencies.record(micros);
      } else this.#fail(due, `answered ${status}`);
      if (!reusable) connection.close();
      else if (this.#load.reuse) this.#idle.push(connection);
      else connection.close();
    }
    this.#pump();
  }

  #fail(due: number, why: string): void {
    this.#failures += 1;
    this.#failed.set(why, (this.#failed.get(why) ?? 0) + 1);
    this.#stretchAt(due).failed += 1;
  }

  #stretchAt(due: number) {
    const at = Math.min(this.#stretches.length - 1, Math.floor(due / this.#stretchMs));
    return this.#stretches[at] ?? { due: 0, failed: 0, latencies: this.#latencies };
  }

  /** Gives up what takes too long, and all that could not be sent in its time. */
  #sweep(): void {
    const now = this.#now();
    const { timeoutMs } = this.#load;
    for (const { connection, sentAt } of [...this.#running.values()])
      if (now - sentAt > timeoutMs) connection.giveUp(TOO_LONG);
    if (this.#stopped !== null || now < this.#arrivals.ms + timeoutMs) return;
    for (; this.#next < this.#arrivals.total; this.#next += 1) {
      const due = this.#arrivals.at(this.#next);
      this.#stretchAt(due).due += 1;
      this.#fail(due, NOT_SENT);
    }
    this.#pump();
  }

  #look(): void {
    const { abortFromMs, thresholds } = this.#load;
    if (abortFromMs === null || this.#now() < abortFromMs) return;
    const percentile = (of: number) => this.#latencies.percentile(of) / 1_000;
    const [missed] = missedThresholds(thresholds, {
      answered: this.#latencies.count,
      failed: this.#failures,
      percentile,
    });
    if (missed !== undefined) this.stop(`ended after ${(this.#now() / 1_000).toFixed(1)} s: ${missed}`);
  }

  #result(seconds: number, cpuSeconds: number): LoadResult {
    const { count, least, mean, most } = this.#latencies;
    const ms = (micros: number) => Math.round(micros) / 1_000;
    const ended = this.#stoppedAt ?? Infinity;
    return {
      due: this.#stretches.reduce((sum, { due }) => sum + due, 0),
      sent: this.#next - (this.#failed.get(NOT_SENT) ?? 0),
      answered: count,
      failed: Object.fromEntries(this.#failed),
      seconds: Math.round(seconds * 1_000) / 1_000,
      percentiles: percentilesOf(this.#load).map((one) => [one, ms(this.#latencies.percentile(one))]),
      least: ms(least),
      mean: ms(mean),
      most: ms(most),
      histogram: this.#latencies.buckets().map(([micros, of]) => [ms(micros), of]),
      curve: this.#stretches
        .map(({ due, failed, latencies }, at): Stretch => ({
          fromMs: at * this.#stretchMs,
          due,
          answered: latencies.count,
          failed,
          p50: ms(latencies.percentile(50)),
          p99: ms(latencies.percentile(99)),
        }))
        .filter(({ fromMs }) => fromMs < ended),
      connectionsOpened: this.#opened,
      lateMs: ms(this.#late.percentile(99)),
      cpuSeconds: Math.round(cpuSeconds * 1_000) / 1_000,
      aborted: this.#stopped,
    };
  }
}
